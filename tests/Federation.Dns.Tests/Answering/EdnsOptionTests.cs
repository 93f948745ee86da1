using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;

namespace Federation.Dns.Tests.Answering;

/// <summary>Options of EDNS as a client sends them, in hexadecimal digits, and what comes back.</summary>
public sealed class EdnsOptionTests
{
    private const int ServerId = 3;
    private const int Subnet = 8;
    private const int Cookie = 10;
    private const int Keepalive = 11;

    private readonly Asker _server = new(ZoneText.Load(AnswerCases.Zone), serverId: "ns1");

    [Theory]
    [InlineData("IPv4 /24", "0008 0007 0001 18 00 CB0071", "00011800CB0071")]
    [InlineData("IPv4 /20: the last byte in part", "0008 0007 0001 14 00 CB0070", "00011400CB0070")]
    [InlineData("IPv4 /32", "0008 0008 0001 20 00 CB007107", "00012000CB007107")]
    [InlineData("IPv6 /56", "0008 000B 0002 38 00 20010DB8000001", "0002380020010DB8000001")]
    [InlineData("no bits: leave me out", "0008 0004 0001 00 00", "00010000")]
    [InlineData("no family and no bits", "0008 0004 0000 00 00", "00000000")]
    [InlineData("twice: the first counts", "0008 0005 0001 08 00 CB 0008 0005 0001 08 00 C0", "00010800CB")]
    public void Answer_ClientSubnet_GoesBackWithScopeZero(string what, string option, string echoed)
    {
        var response = Ask(option);
        (response.Status, response.Answers.Count).ShouldBe(("NOERROR", 1), what);
        response.Options.ShouldBe([new KeyValuePair<int, string>(Subnet, echoed)]);
    }

    [Theory]
    [InlineData("shorter than its head", "0008 0003 0001 18")]
    [InlineData("a byte too few", "0008 0006 0001 18 00 CB00")]
    [InlineData("a byte too many", "0008 0008 0001 18 00 CB007100")]
    [InlineData("bits after the prefix", "0008 0007 0001 14 00 CB0071")]
    [InlineData("33 bits of IPv4", "0008 0009 0001 21 00 CB00710000")]
    [InlineData("a scope in a query", "0008 0007 0001 18 18 CB0071")]
    [InlineData("an unknown family", "0008 0007 0003 18 00 CB0071")]
    [InlineData("a cookie of 7 bytes", "000A 0007 01020304050607")]
    [InlineData("a cookie of 15 bytes", "000A 000F 010203040506070809101112131415")]
    [InlineData("a cookie of 41 bytes", "000A 0029 0102030405060708091011121314151617181920212223242526272829303132333435363738394041")]
    public void Answer_MalformedOption_IsFormatErrorWithOpt(string what, string option)
    {
        var response = Ask(option);
        (response.Status, response.Opt is not null, response.Answers.Count, response.Options.Count).ShouldBe(("FORMERR", true, 0, 0), what);
    }

    [Theory]
    [InlineData("padding", "000C 0010 00000000000000000000000000000000")]
    [InlineData("an option nobody knows", "FDE9 0003 ABCDEF")]
    [InlineData("keepalive, which is for connections", "000B 0000")]
    public void Answer_OptionWithoutMeaningHere_IsPassedOver(string what, string option)
    {
        var response = Ask(option);
        (response.Status, response.Answers.Count, response.Options.Count).ShouldBe(("NOERROR", 1, 0), what);
    }

    [Fact]
    public void Answer_ServerIdAsked_IsGiven()
    {
        Ask("0003 0000").Options.ShouldBe([new KeyValuePair<int, string>(ServerId, "6E7331")]);
        new Asker(ZoneText.Load(AnswerCases.Zone)).Ask(Query("0003 0000")).Options.ShouldBeEmpty();
    }

    [Fact]
    public void Answer_KeepaliveOverTcp_SaysHowLongAConnectionMayBeIdle() =>
        _server.Ask(Query("000B 0000"), Transport.Tcp).Options.ShouldBe([new KeyValuePair<int, string>(Keepalive, "0064")]);

    [Fact]
    public void Answer_AllOptionsAtOnce_ComeBackBesideTheAnswer()
    {
        var response = _server.Ask(Query("0003 0000 000B 0000 000A 0008 0102030405060708 0008 0007 0001 18 00 CB0071"), Transport.Tcp);
        response.Options.Keys.Order().ShouldBe([ServerId, Subnet, Cookie, Keepalive]);
        response.Answers.ShouldHaveSingleItem();
    }

    [Fact]
    public void Answer_OptionsTakeRoom_TheAnswerIsTruncatedOneRecordEarlier()
    {
        // 12 + 19 + 30 records of 16 bytes + 11 = 522: with a size of 530 there are 8 bytes left, too few for the 7 of NSID's answer and 2 more.
        var server = new Asker(ZoneText.Load(string.Join('\n', Enumerable.Range(1, 30).Select(i => $"many 5 A 192.0.2.{i}"))), serverId: "12345");
        server.Ask(TestMessage.Query("many.fed.test", "A", edns: (530, 0, false))).IsTruncated.ShouldBeFalse();
        server.Ask(TestMessage.Query("many.fed.test", "A", edns: (530, 0, false), options: Convert.FromHexString("00030000"))).IsTruncated.ShouldBeTrue();
        server.Ask(TestMessage.Query("many.fed.test", "A", edns: (531, 0, false), options: Convert.FromHexString("00030000"))).IsTruncated.ShouldBeFalse();
    }

    [Fact]
    public void Read_ClientSubnet_IsWhomTheAnswerIsFor()
    {
        Audience("0008 0007 0001 18 00 CB0071").ShouldBe("203.0.113.0");
        Audience("0008 000B 0002 38 00 20010DB8000001").ShouldBe("2001:db8:0:100::");
        Audience("0008 0004 0001 00 00").ShouldBe("198.51.100.9");
        Audience("").ShouldBe("198.51.100.9");

        static string Audience(string options)
        {
            QueryReader.Read(Query(options), new byte[QueryReader.NameBufferLength], out var query).ShouldBe(QueryVerdict.Answer);
            query.Client = ClientAddress.From(System.Net.IPAddress.Parse("198.51.100.9"));
            return query.Audience.ToIPAddress().ToString();
        }
    }

    private Response Ask(string options) => _server.Ask(Query(options));

    private static byte[] Query(string options) =>
        TestMessage.Query("web.shop.svc.fed.test", "A", edns: (1232, 0, false), options: Convert.FromHexString(options.Replace(" ", "", StringComparison.Ordinal)));
}

