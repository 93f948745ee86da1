using Federation.Dns.Answering;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Answering;

public sealed class ResponderTests
{
    private static readonly ZoneState Zone = ZoneText.Load(AnswerCases.Zone);
    private readonly Asker _server = new(Zone);

    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (var block in AnswerCases.Cases.Split("? ", StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var lines = block.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != ';').ToList();
            data.Add(lines[0], string.Join('\n', lines[1..]));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Answer_CaseFromText_IsWhole(string question, string expected)
    {
        var fields = question.Split(' ');
        foreach (var edns in new (ushort, byte, bool)?[] { null, (1232, 0, true) })
        {
            foreach (var transport in Enum.GetValues<Transport>())
            {
                var query = TestMessage.Query(fields[0], fields[1], fields.Length > 2 ? fields[2] : "IN", edns: edns);
                var response = _server.Ask(query, transport);
                string[] lines =
                [
                    response.Status + (response.IsAuthoritative ? " aa" : ""),
                    .. response.Answers.Select(record => "an " + record),
                    .. response.Authorities.Select(record => "au " + record),
                    .. response.Additionals.Select(record => "ad " + record),
                ];
                string.Join('\n', lines).ShouldBe(expected);
                response.Id.ShouldBe((ushort)0x1234);
                response.Question.ShouldNotBeNull().Split(' ')[0].ShouldBe(fields[0]);
                (response.IsResponse, response.RecursionDesired, response.IsTruncated, response.Flags2).ShouldBe((true, true, false, 0));
                response.Opt.ShouldBe(edns is null ? null : ((ushort)1232, 0, 0, 0x8000));
            }
        }
    }

    [Theory]
    [InlineData(0x01, 0x10, true, 0x10)] // RD and CD go back
    [InlineData(0x00, 0x20, false, 0x00)] // AD does not, nor does RA appear
    [InlineData(0x00, 0xC0, false, 0x00)] // RA and Z of a query mean nothing
    public void Answer_Flags_AreCopiedOrCleared(byte flags, byte flags2, bool recursionDesired, int expectedFlags2)
    {
        var query = TestMessage.Query("web.shop.svc.fed.test", "A", flags: flags);
        query[3] = flags2;
        var response = _server.Ask(query);
        response.RecursionDesired.ShouldBe(recursionDesired);
        response.Flags2.ShouldBe(expectedFlags2);
        response.Answers.Count.ShouldBe(1);
    }

    [Fact]
    public void Answer_ResponseOrRunt_GetsNothing()
    {
        _server.Send(TestMessage.Query("web.shop.svc.fed.test", "A", flags: 0x80)).ShouldBe(0);
        _server.Send(new byte[11]).ShouldBe(0);
        _server.Send([]).ShouldBe(0);
        _server.Counters.Dropped(Transport.Udp).ShouldBe(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(15)]
    public void Answer_OtherOpcode_IsNotImplementedWithItsOpcode(int opcode)
    {
        var response = _server.Ask(TestMessage.Query("web.shop.svc.fed.test", "A", flags: (byte)(opcode << 3)));
        (response.Status, response.Opcode, response.IsAuthoritative).ShouldBe(("NOTIMP", opcode, false));
    }

    [Fact]
    public void Answer_ApexBytesInsideALabel_IsOutsideTheZone()
    {
        // Ends with the bytes of fed.test., but they begin inside the first label.
        var query = TestMessage.Query("aXfed.test", "A");
        query[14] = 3;
        _server.Ask(query).Status.ShouldBe("REFUSED");
    }

    [Fact]
    public void Answer_EdnsVersionOne_IsBadVersion()
    {
        var response = _server.Ask(TestMessage.Query("web.shop.svc.fed.test", "A", edns: (4096, 1, false)));
        response.Status.ShouldBe("BADVERS");
        response.Opt.ShouldBe(((ushort)1232, 1, 0, 0));
        response.Answers.ShouldBeEmpty();
    }

    [Fact]
    public void Answer_BeforeTheFirstVersion_FailsInsideTheZoneOnly()
    {
        var empty = new Asker(new ZoneState(DnsName.Parse(ZoneText.Apex), TimeProvider.System));
        empty.Ask("web.shop.svc.fed.test", "A").Status.ShouldBe("SERVFAIL");
        empty.Ask("example.org", "A").Status.ShouldBe("REFUSED");
    }

    [Fact]
    public void Answer_TooLongForTheClient_IsTruncatedAndWholeOverTcp()
    {
        var big = new Asker(ZoneText.Load(string.Join('\n', Enumerable.Range(1, 60).Select(i => $"many 5 A 192.0.2.{i}"))));
        int Count(Response response) => response.Answers.Count;

        var plain = big.Ask("many.fed.test", "A");
        (plain.IsTruncated, Count(plain), plain.Status).ShouldBe((true, 0, "NOERROR"));
        big.Ask(TestMessage.Query("many.fed.test", "A", edns: (900, 0, false))).IsTruncated.ShouldBeTrue();
        var wide = big.Ask(TestMessage.Query("many.fed.test", "A", edns: (4096, 0, false)));
        (wide.IsTruncated, Count(wide)).ShouldBe((false, 60));
        var tcp = big.Ask("many.fed.test", "A", Transport.Tcp);
        (tcp.IsTruncated, Count(tcp)).ShouldBe((false, 60));
    }

    [Theory]
    [InlineData(30, 0, false)] // 12 + 19 + 30 * 16 = 511 bytes
    [InlineData(31, 0, true)]
    [InlineData(30, 100, true)] // sizes below 512 count as 512, and the OPT record takes 11 of them
    [InlineData(29, 100, false)]
    [InlineData(75, 4096, false)] // the server's own limit of 1232: 12 + 19 + 75 * 16 + 11 = 1242 is over it
    public void Answer_AtTheLimit_IsTruncatedOneRecordLater(int records, ushort edns, bool truncated)
    {
        var limit = records == 75 ? 1242 : 1232;
        var server = new Asker(ZoneText.Load(string.Join('\n', Enumerable.Range(1, records).Select(i => $"many 5 A 192.0.2.{i}"))), limit);
        var query = TestMessage.Query("many.fed.test", "A", edns: edns == 0 ? null : (edns, 0, false));
        server.Ask(query).IsTruncated.ShouldBe(truncated);
        if (records == 75)
            new Asker(ZoneText.Load(string.Join('\n', Enumerable.Range(1, records).Select(i => $"many 5 A 192.0.2.{i}"))), 1241).Ask(query).IsTruncated.ShouldBeTrue();
    }

    [Fact]
    public void Answer_GlueDoesNotFit_IsLeftOutWithoutTruncation()
    {
        var options = ZoneText.Options;
        for (var i = 1; i <= 60; i++)
            options.NameServerAddresses.Add(System.Net.IPAddress.Parse($"198.51.100.{i}"));
        var state = new ZoneState(DnsName.Parse(ZoneText.Apex), TimeProvider.System);
        state.Publish(new ServedZones(new ZoneEditor(new ZoneApex(options)).Commit(1)));
        var response = new Asker(state).Ask("fed.test", "NS");
        (response.IsTruncated, response.Answers.Count, response.Additionals.Count).ShouldBe((false, 1, 0));
    }

    [Fact]
    public void Answer_EachQuery_IsCountedOnce()
    {
        _server.Ask("web.shop.svc.fed.test", "A");
        _server.Ask("web.shop.svc.fed.test", "A", Transport.Tcp);
        _server.Ask("nope.fed.test", "MX");
        _server.Counters.Read().ShouldBe(
            [(Transport.Udp, ResponseCode.NameError, "other", 1L), (Transport.Udp, ResponseCode.NoError, "A", 1L), (Transport.Tcp, ResponseCode.NoError, "A", 1L)],
            ignoreOrder: true);
    }

    [Fact]
    public void Answer_HotPath_AllocatesNothing()
    {
        var weighted = new ZoneEditor(new ZoneApex(ZoneText.Options));
        weighted.AddRegion(ZoneText.Name("eu"), "eu");
        weighted.Set(ZoneText.Name("web.shop.svc"), [PreparedAnswerTestSets.Weighted(1, 2, 3)]);
        var state = new ZoneState(DnsName.Parse(ZoneText.Apex), TimeProvider.System);
        state.Publish(new ServedZones(weighted.Commit(1)));
        var asker = new Asker(state, limiter: new RateLimiter(1_000_000, 2, [], TimeProvider.System), serverId: "ns1");
        var (responder, counters) = (asker.Responder, asker.Counters);
        var arrival = new Arrival(Transport.Udp, ClientAddress.From(asker.Client));
        var buffer = new byte[1232];
        byte[][] queries =
        [
            TestMessage.Query("web.shop.svc.fed.test", "A"),
            TestMessage.Query("WEB.shop.svc.fed.test", "A", edns: (1232, 0, false)),
            TestMessage.Query("web.shop.svc.fed.test", "A", edns: (1232, 0, false), options: Convert.FromHexString("00030000" + "0008000700011800CB0071" + "000A00080102030405060708" + "000C000400000000")),
            TestMessage.Query("web.shop.svc.eu.fed.test", "A"),
            TestMessage.Query("web.shop.svc.fed.test", "AAAA"),
            TestMessage.Query("nope.fed.test", "A"),
            TestMessage.Query("fed.test", "NS"),
            TestMessage.Query("example.org", "A"),
            [1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 64],
        ];

        long Run(int rounds)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < rounds; i++)
            {
                foreach (var query in queries)
                    responder.Answer(query, buffer, arrival, counters).ShouldNotBeZero();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Run(100);
        Run(20_000).ShouldBe(0);
    }
}

internal static class ShouldBeWithoutAllocation
{
    /// <summary>Shouldly's own assertions allocate, and would be counted.</summary>
    public static void ShouldNotBeZero(this int value)
    {
        if (value == 0)
            throw new Xunit.Sdk.XunitException("a query got no response");
    }
}
