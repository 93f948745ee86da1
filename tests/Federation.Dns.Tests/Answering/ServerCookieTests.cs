using System.Net;
using Federation.Dns.Answering.Cookies;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.TestKit.Time;

namespace Federation.Dns.Tests.Answering;

public sealed class ServerCookieTests
{
    private const string Secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";
    private const int Cookie = 10;

    private readonly ManualTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_559_731_985));
    private readonly ServerCookies _cookies;

    public ServerCookieTests() => _cookies = With(_time, Secret);

    [Theory]
    [InlineData("2464c4abcf10c957", "", "198.51.100.100", 1_559_731_985, Secret, "2464c4abcf10c957010000005cf79f111f8130c3eee29480")] // RFC 9018 appendix A.1
    [InlineData("2464c4abcf10c957", "010000005cf79f111f8130c3eee29480", "198.51.100.100", 1_559_734_385, Secret, "2464c4abcf10c957010000005cf7a871d4a564a1442aca77")] // A.2
    [InlineData("fc93fc62807ddb86", "01abcdef5cf78f71a314227b6679ebf5", "203.0.113.203", 1_559_727_985, Secret, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5")] // A.3, as it came
    [InlineData("22681ab97d52c298", "010000005cf7c57926556bd0934c72f8", "2001:db8:220:1:59de:d0f4:8769:82b8", 1_559_741_961, "445536bcd2513298075a5d379663c962", "22681ab97d52c298010000005cf7c609a6bb79d16625507a")] // A.4
    public void Check_VectorsOfTheRfc_AreMet(string client, string server, string address, long now, string secret, string expected)
    {
        var cookies = With(new ManualTimeProvider(DateTimeOffset.FromUnixTimeSeconds(now)), secret, "dd3bdf9344b678b185a6f5cb60fca715");
        Check(cookies, client + server, address, out var reply);
        reply.ShouldBe(expected);
    }

    [Theory]
    [InlineData(0, "Proven", true)]
    [InlineData(1_800, "Proven", true)] // still given back as it is
    [InlineData(1_801, "Proven", false)] // renewed
    [InlineData(3_600, "Proven", false)]
    [InlineData(3_601, "Unproven", false)]
    [InlineData(-300, "Proven", true)]
    [InlineData(-301, "Unproven", false)]
    public void Check_Age_DecidesWhetherItIsGoodAndKept(int age, string state, bool kept)
    {
        Check(_cookies, "0102030405060708", "192.0.2.1", out var cookie);
        var later = With(new ManualTimeProvider(_time.GetUtcNow().AddSeconds(age)), Secret);
        Check(later, cookie, "192.0.2.1", out var reply).ToString().ShouldBe(state);
        (reply == cookie).ShouldBe(kept);
    }

    [Fact]
    public void Check_OtherAddressClientCookieOrByte_ProvesNothing()
    {
        Check(_cookies, "0102030405060708", "192.0.2.1", out var cookie);
        Check(_cookies, cookie, "192.0.2.1", out _).ShouldBe(CookieState.Proven);
        Check(_cookies, cookie, "192.0.2.2", out _).ShouldBe(CookieState.Unproven);
        Check(_cookies, "ff" + cookie[2..], "192.0.2.1", out _).ShouldBe(CookieState.Unproven);
        for (var at = 0; at < cookie.Length; at += 2)
            Check(_cookies, cookie[..at] + (cookie[at] == 'f' ? "0" : "f") + cookie[(at + 1)..], "192.0.2.1", out _).ShouldBe(CookieState.Unproven, $"at {at}");
        Check(_cookies, cookie + "00", "192.0.2.1", out _).ShouldBe(CookieState.Unproven);
    }

    [Fact]
    public void Use_Rollover_KeepsCookiesGoodOnEveryServerAtEveryStep()
    {
        const string next = "445536bcd2513298075a5d379663c962";
        string[][] steps = [[Secret], [Secret, next], [next, Secret], [next]];
        for (var step = 0; step + 1 < steps.Length; step++)
        {
            // Two servers, one of them a step ahead: each accepts what the other made.
            var (behind, ahead) = (With(_time, steps[step]), With(_time, steps[step + 1]));
            Check(behind, "0102030405060708", "192.0.2.1", out var fromBehind);
            Check(ahead, "0102030405060708", "192.0.2.1", out var fromAhead);
            if (step < 2)
                Check(ahead, fromBehind, "192.0.2.1", out _).ShouldBe(CookieState.Proven);
            Check(behind, fromAhead, "192.0.2.1", out _).ShouldBe(CookieState.Proven);
        }
    }

    [Theory]
    [InlineData("# ours\n\ne5e973e5a6b2a43f48e7dc849e37bfcf\r\n445536BCD2513298075A5D379663C962\n", 2, null)]
    [InlineData("e5e973e5a6b2a43f48e7dc849e37bfcf\nshort", 0, "Line 2 is no cookie secret: give 32 hexadecimal digits.")]
    [InlineData("e5e973e5a6b2a43f48e7dc849e37bfcg", 0, "Line 1 is no cookie secret: give 32 hexadecimal digits.")]
    [InlineData("# nothing\n", 0, "There is no cookie secret: give one of 32 hexadecimal digits on each line.")]
    public void TryParse_Text_GivesSecretsOrTheLineThatIsWrong(string text, int count, string? expected)
    {
        ServerCookies.TryParse(text, out var secrets, out var problem).ShouldBe(expected is null);
        (secrets.Length, problem).ShouldBe((count, expected));
    }

    [Fact]
    public void Answer_CookieAlone_IsAnsweredWithoutQuestion()
    {
        var server = new Asker(ZoneText.Load(AnswerCases.Zone), cookies: _cookies);
        var response = server.Ask(Convert.FromHexString("123400000000000000000001" + "00002904D000000000000C000A00080102030405060708"));
        (response.Status, response.Question, response.Answers.Count).ShouldBe(("NOERROR", null, 0));
        response.Options[Cookie].ShouldStartWith("0102030405060708");
        response.Options[Cookie].Length.ShouldBe(48);
    }

    [Fact]
    public void Answer_OverTheLimit_AsksForACookieAndLetsItsOwnerThrough()
    {
        var limiter = new RateLimiter(1, slip: 1, [], _time);
        var server = new Asker(ZoneText.Load(AnswerCases.Zone), cookies: _cookies, limiter: limiter) { Client = IPAddress.Parse("192.0.2.1") };
        byte[] Query(string cookie) => TestMessage.Query("web.shop.svc.fed.test", "A", edns: (1232, 0, false), options: Convert.FromHexString($"000A{cookie.Length / 2:X4}" + cookie));

        server.Ask(Query("0102030405060708")).Status.ShouldBe("NOERROR");
        var refused = server.Ask(Query("0102030405060708"));
        (refused.Status, refused.IsTruncated, refused.Answers.Count).ShouldBe(("BADCOOKIE", false, 0));
        for (var i = 0; i < 10; i++)
            server.Ask(Query(refused.Options[Cookie])).Answers.Count.ShouldBe(1);
        var plain = server.Ask("web.shop.svc.fed.test", "A");
        (plain.Status, plain.IsTruncated, plain.Answers.Count).ShouldBe(("NOERROR", true, 0));
        server.Ask("web.shop.svc.fed.test", "A", Transport.Tcp).Answers.Count.ShouldBe(1);
        server.Counters.Limited(Admission.Slip).ShouldBe(2);
    }

    private static ServerCookies With(TimeProvider time, params string[] secrets)
    {
        var cookies = new ServerCookies(time);
        cookies.Use(secrets.Select(secret => (ReadOnlyMemory<byte>)Convert.FromHexString(secret)));
        return cookies;
    }

    private static CookieState Check(ServerCookies cookies, string hex, string address, out string reply)
    {
        var buffer = new byte[ServerCookies.Length];
        var state = cookies.Check(Convert.FromHexString(hex), ClientAddress.From(IPAddress.Parse(address)), buffer);
        reply = Convert.ToHexStringLower(buffer);
        return state;
    }
}
