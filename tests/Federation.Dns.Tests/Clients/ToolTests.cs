using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Listening;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Signing;
using Federation.TestKit.Processes;

namespace Federation.Dns.Tests.Clients;

/// <summary>What engineers look with: ldns' drill and Knot's kdig, each with its own codec. (dig is in DigTests, delv in ValidatorTests.)</summary>
public sealed class ToolTests : IAsyncLifetime
{
    private readonly ZoneKey _key = TestKeys.Make(ReferenceZone.Apex);
    private readonly string _anchor = Path.GetTempFileName();
    private readonly RunningServer _server;

    public ToolTests() => _server = new RunningServer(ReferenceZone.State(), options => options.ServerId = "ns-7", TestKeys.Sign(_key));

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_anchor, $"{_key.Zone} IN DNSKEY {_key.Flags} 3 13 {Convert.ToBase64String(_key.PublicKey.Span)}\n");
        await _server.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        File.Delete(_anchor);
    }

    [Theory]
    [InlineData("web.example.org", "A")]
    [InlineData("example.org", "SOA")]
    [InlineData("x.wild.example.org", "A")]
    [InlineData("_sip._tcp.example.org", "SRV")]
    public async Task Drill_ChasesSignatures_ToTheKeyThatItTrusts(string name, string type)
    {
        (await DrillAsync("-S", "-k", _anchor, name, type)).ShouldContain("Chase successful");
        var other = Path.GetTempFileName();
        await File.WriteAllTextAsync(other, $"{_key.Zone} IN DNSKEY 257 3 13 {Convert.ToBase64String(TestKeys.Make(ReferenceZone.Apex).PublicKey.Span)}\n");
        (await DrillAsync("-S", "-k", other, name, type)).ShouldContain("Chase failed");
        File.Delete(other);
    }

    [Theory]
    [InlineData("web.example.org", "MX")]
    [InlineData("nope.example.org", "A")]
    public async Task Drill_NothingThere_ReadsTheDenial(string name, string type)
    {
        var printed = await DrillAsync("-D", "-k", _anchor, name, type);
        printed.ShouldContain("rcode: NOERROR");
        printed.ShouldContain("ANSWER: 0, AUTHORITY: 4");
        printed.ShouldContain("Existence denied");
    }

    [Fact]
    public async Task Drill_LongAnswer_ComesOverTcp() =>
        (await DrillAsync("-t", "biggest.example.org", "TXT")).ShouldContain("ANSWER: 6");

    [Fact]
    public async Task Kdig_AllOptions_ReadsWhatComesBack()
    {
        var printed = await KdigAsync("web.example.org", "A", "+dnssec", "+nsid", "+cookie", "+subnet=203.0.113.0/24", "+padding=64", "+bufsize=4096");
        printed.ShouldContain("status: NOERROR");
        printed.ShouldContain("NSID: 6E732D37 \"ns-7\"");
        printed.ShouldContain("CLIENT-SUBNET: 203.0.113.0/24/0");
        printed.ShouldContain("COOKIE:");
        printed.ShouldContain("RRSIG\tA 13 3");
        printed.ShouldNotContain("WARNING");
    }

    [Fact]
    public async Task Kdig_ManyQueriesOnOneConnection_AreAnswered()
    {
        var printed = await KdigAsync("+tcp", "+keepopen", "web.example.org", "A", "nope.example.org", "A", "example.org", "SOA", "biggest.example.org", "TXT");
        printed.Split("->>HEADER<<-").Length.ShouldBe(5);
        printed.ShouldContain("status: NXDOMAIN");
        printed.ShouldNotContain("WARNING");
        printed.ShouldNotContain("ERROR:");
    }

    [Fact]
    public async Task Kdig_ClassOfTheServerItself_SaysWhoItIs()
    {
        (await KdigAsync("id.server", "CH", "TXT", "+short")).Trim().ShouldBe("\"ns-7\"");
        (await KdigAsync("version.bind", "CH", "TXT", "+short")).Trim().ShouldBe("\"Federation\"");
        (await _server.DigAsync("hostname.bind", "CH", "TXT", "+short")).Trim().ShouldBe("\"ns-7\"");
    }

    private async Task<string> DrillAsync(params string[] arguments)
    {
        var result = await Command.RunAsync("drill", ["-p", $"{_server.Endpoint.Port}", $"@{_server.Endpoint.Address}", .. arguments]);
        return result.Output + result.Error;
    }

    private Task<string> KdigAsync(params string[] arguments) => TestKeys.RunAsync("kdig", [$"@{_server.Endpoint.Address}", "-p", $"{_server.Endpoint.Port}", .. arguments]);
}
