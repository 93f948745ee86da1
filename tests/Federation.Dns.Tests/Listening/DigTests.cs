using System.Net;
using Federation.Dns.Tests.Answering;
using Federation.TestKit.Network;
using Federation.TestKit.Processes;

namespace Federation.Dns.Tests.Listening;

/// <summary>A real client over real sockets.</summary>
public sealed class DigTests : IAsyncLifetime
{
    private readonly RunningServer _server = new(AnswerCases.Zone + "\n" + string.Join('\n', Enumerable.Range(1, 100).Select(i => $"many 5 A 192.0.2.{i}")));

    public async Task InitializeAsync() => await _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    [InlineData("+noedns")]
    [InlineData("+edns=0 +bufsize=4096 +dnssec +nsid +cookie +subnet=203.0.113.0/24 +padding=64")]
    public async Task Ask_Address_IsAnswered(string flags)
    {
        var output = await _server.DigAsync(["web.shop.svc.fed.test", "A", .. flags.Split(' ')]);
        output.ShouldContain("status: NOERROR");
        output.ShouldMatch(@"flags: qr aa rd\b");
        output.ShouldMatch(@"web\.shop\.svc\.fed\.test\.\s+5\s+IN\s+A\s+192\.0\.2\.1\b");
        output.ShouldNotContain("malformed", Case.Insensitive);
    }

    [Fact]
    public async Task Ask_OtherTypes_AreAnswered()
    {
        (await _server.DigAsync("+short", "web.shop.svc.fed.test", "AAAA")).Trim().ShouldBe("2001:db8::1");
        (await _server.DigAsync("+short", "_http._tcp.web.shop.svc.fed.test", "SRV")).Trim().ShouldBe("0 0 8080 web.shop.svc.fed.test.");
        (await _server.DigAsync("+short", "note.fed.test", "TXT")).Trim().ShouldBe("\"hello\" \"world\"");
        (await _server.DigAsync("+short", "fed.test", "NS")).Trim().ShouldBe("ns.fed.test.");
        (await _server.DigAsync("+short", "fed.test", "SOA")).Trim().ShouldBe("ns.fed.test. hostmaster.fed.test. 7 300 60 1209600 5");
    }

    [Fact]
    public async Task Ask_NoDataAndNameError_ComeWithTheSoa()
    {
        var noData = await _server.DigAsync("shop.svc.fed.test", "A");
        noData.ShouldContain("status: NOERROR");
        noData.ShouldContain("ANSWER: 0, AUTHORITY: 1");
        var nameError = await _server.DigAsync("nope.shop.svc.fed.test", "A");
        nameError.ShouldContain("status: NXDOMAIN");
        nameError.ShouldMatch(@"fed\.test\.\s+5\s+IN\s+SOA\s+ns\.fed\.test\. hostmaster\.fed\.test\. 7 300 60 1209600 5");
    }

    [Fact]
    public async Task Ask_AnswerTooLongForUdp_IsTruncatedAndAskedAgainOverTcp()
    {
        (await _server.DigAsync("+ignore", "many.fed.test", "A")).ShouldMatch(@"flags: qr aa tc rd\b");
        var retried = await _server.DigAsync("many.fed.test", "A");
        retried.ShouldContain("Truncated, retrying in TCP mode");
        retried.ShouldContain("ANSWER: 100");
    }

    [Fact]
    public async Task Ask_ServerOnAllAddresses_AnswersFromTheAddressThatWasAsked()
    {
        await using var server = await new RunningServer(AnswerCases.Zone, options =>
        {
            options.Endpoints.Clear();
            options.Endpoints.Add(Ports.FreeEndpoint(IPAddress.Any));
            options.Endpoints.Add(Ports.FreeEndpoint(IPAddress.IPv6Loopback));
        }).StartAsync();

        // dig drops an answer that comes from another address than it asked.
        foreach (var (address, endpoint) in new[] { ("127.0.0.1", 0), ("127.0.0.77", 0), ("::1", 1) })
        {
            var port = server.Server.Endpoints[endpoint].Port;
            var result = await Command.RunAsync("dig", [$"@{address}", "-p", $"{port}", "+time=5", "+tries=1", "+short", "web.shop.svc.fed.test"]);
            result.Output.Trim().ShouldBe("192.0.2.1", $"{address}: {result}");
        }
    }
}
