using Federation.Dns.Tests.Support;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.TestKit.Time;

namespace Federation.Dns.Tests.Tsig;

public sealed class TsigTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly TsigKeys _keys = new();

    public TsigTests()
    {
        TsigKeys.TryParse($"a. hmac-sha256 {LiveServer.Secret}\nb. hmac-sha512 {LiveServer.LongSecret}", out var keys, out _).ShouldBeTrue();
        _keys.Use(keys);
    }

    [Theory]
    [InlineData("a. hmac-sha256", "Line 1 is no key: give its name, its algorithm and its secret.")]
    [InlineData("# one\na..b hmac-sha256 AAAA", "Line 2 is no key: 'a..b' is not a domain name.")]
    [InlineData("a. hmac-md5 AAAA", "Line 1 is no key: 'hmac-md5' is neither hmac-sha256 nor hmac-sha512.")]
    [InlineData("a. hmac-sha256 !secret!", "Line 1 is no key: its secret is not base64.")]
    [InlineData("a. hmac-sha256 c2hvcnQ=", "Line 1 is no key: its secret has 5 bytes, and 16 are the least.")]
    [InlineData("a. hmac-sha256 " + LiveServer.Secret + "\nA hmac-sha512 " + LiveServer.Secret, "Line 2 is no key: there is another key 'a.' before it.")]
    public void Parse_WrongLine_IsNamedWithoutItsSecret(string text, string expected)
    {
        TsigKeys.TryParse(text, out var keys, out var problem).ShouldBeFalse();
        keys.ShouldBeEmpty();
        problem.ShouldBe(expected);
    }

    [Theory]
    [InlineData("a.")]
    [InlineData("b.")]
    public void Check_SignedRequestAndItsAnswers_AreAcceptedInTheirOrder(string key)
    {
        var client = TsigChain.ForRequest(Key(key), _time);
        var request = client.SignRequest(TestMessage.Query("fed.test", "AXFR"));
        var verdict = Check(request);
        verdict.IsGood.ShouldBeTrue();
        verdict.Key!.Name.ToString().ShouldBe(key);
        verdict.Strip(request).ShouldBe(TestMessage.Query("fed.test", "AXFR"));

        byte[][] answers = [.. Enumerable.Range(0, 3).Select(i => Sign(verdict.Chain!, TestMessage.Query("fed.test", "SOA", id: (ushort)i)))];
        client.Accepts(answers[0], isLast: false).ShouldBeTrue();
        client.Accepts(answers[1], isLast: false).ShouldBeTrue();
        client.Accepts(answers[2], isLast: true).ShouldBeTrue();
    }

    [Fact]
    public void Accepts_AnswersLeftOutOrSwapped_AreNot()
    {
        var client = TsigChain.ForRequest(Key("a."), _time);
        var server = Check(client.SignRequest(TestMessage.Query("fed.test", "AXFR"))).Chain!;
        var answers = Enumerable.Range(0, 3).Select(i => Sign(server, TestMessage.Query("fed.test", "SOA", id: (ushort)i))).ToArray();
        client.Accepts(answers[0], isLast: false).ShouldBeTrue();
        client.Accepts(answers[2], isLast: true).ShouldBeFalse();

        // The answer to another request of the same text a moment later.
        _time.Advance(TimeSpan.FromSeconds(1));
        var other = TsigChain.ForRequest(Key("a."), _time);
        other.SignRequest(TestMessage.Query("fed.test", "AXFR"));
        other.Accepts(answers[0], isLast: false).ShouldBeFalse();
    }

    [Fact]
    public void Accepts_UnsignedBetween_OnlyWhenALaterOneCoversThem()
    {
        var (client, server) = Begin();
        client.Accepts(TestMessage.Query("fed.test", "SOA"), isLast: false).ShouldBeFalse("the first is signed");

        (client, server) = Begin();
        client.Accepts(Sign(server, TestMessage.Query("fed.test", "SOA")), isLast: false).ShouldBeTrue();
        client.Accepts(TestMessage.Query("fed.test", "A"), isLast: false).ShouldBeTrue();
        client.Accepts(Sign(server, TestMessage.Query("fed.test", "SOA")), isLast: true).ShouldBeFalse("the one between is not the server's");

        (client, server) = Begin();
        client.Accepts(Sign(server, TestMessage.Query("fed.test", "SOA")), isLast: false).ShouldBeTrue();
        client.Accepts(TestMessage.Query("fed.test", "A"), isLast: true).ShouldBeFalse("the last is signed");
    }

    [Fact]
    public void Check_AnyBitFlipped_IsNotGood()
    {
        var request = TsigChain.ForRequest(Key("a."), _time).SignRequest(TestMessage.Query("fed.test", "AXFR"));
        for (var bit = 16; bit < request.Length * 8; bit++)
        {
            var changed = (byte[])request.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));

            // Names count without their letters' case, and the flipped bit may be just that.
            if (!(TsigRecord.Find(changed) is { } record && TsigVerdict.Of(changed, record.At, _keys, _time).IsGood))
                continue;
            (changed[bit / 8] ^ request[bit / 8]).ShouldBe(0x20, $"bit {bit}");
            bit.ShouldBeGreaterThan(8 * TestMessage.Query("fed.test", "AXFR").Length, "only names of the signature are without case");
        }
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(301, false)]
    [InlineData(-300, true)]
    [InlineData(-301, false)]
    public void Check_ClockOfTheClientIsOff_IsGoodWithinTheFudge(int seconds, bool isGood)
    {
        var theirs = new ManualTimeProvider(_time.GetUtcNow().AddSeconds(seconds));
        var request = TsigChain.ForRequest(Key("a."), theirs).SignRequest(TestMessage.Query("fed.test", "SOA"));
        var verdict = Check(request);
        verdict.IsGood.ShouldBe(isGood);
        if (isGood)
            return;

        // The refusal is signed and has both times, so that the client can tell whose clock is off.
        var buffer = new byte[1024];
        var query = TestMessage.Query("fed.test", "SOA");
        query.CopyTo(buffer, 0);
        var record = TsigRecord.Find(buffer.AsSpan(0, verdict.Explain(buffer, query.Length)))!;
        record.Error.ShouldBe(TsigError.BadTime);
        record.TimeSigned.ShouldBe((ulong)theirs.GetUtcNow().ToUnixTimeSeconds());
        record.Other.ShouldBe(TsigRecord.TimeBytes((ulong)_time.GetUtcNow().ToUnixTimeSeconds()));
        record.Mac.Length.ShouldBe(32);
    }

    private (TsigChain Client, TsigChain Server) Begin()
    {
        var client = TsigChain.ForRequest(Key("a."), _time);
        return (client, Check(client.SignRequest(TestMessage.Query("fed.test", "AXFR"))).Chain!);
    }

    private TsigVerdict Check(byte[] request) => TsigVerdict.Of(request, TsigRecord.Find(request)!.At, _keys, _time);

    private TsigKey Key(string name) => _keys.Find(DnsName.Parse(name))!;

    private static byte[] Sign(TsigChain chain, byte[] message)
    {
        var buffer = new byte[message.Length + chain.Room];
        message.CopyTo(buffer, 0);
        return buffer[..chain.Sign(buffer, message.Length)];
    }
}
