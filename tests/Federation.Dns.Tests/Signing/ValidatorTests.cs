using System.Globalization;
using Federation.Dns.Signing;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Listening;
using Federation.Dns.Tests.Reference;
using Federation.TestKit.Processes;

namespace Federation.Dns.Tests.Signing;

/// <summary>Real validators over real sockets: delv, and unbound as a resolver that trusts our key.</summary>
public sealed class ValidatorTests : IAsyncLifetime
{
    private const int AuthenticData = 0x20;

    private readonly ZoneKey _key = TestKeys.Make(ReferenceZone.Apex);
    private readonly RunningServer _server;
    private readonly string _anchors = Path.GetTempFileName();

    public ValidatorTests() => _server = new RunningServer(ReferenceZone.State(), signing: TestKeys.Sign(_key));

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_anchors, TestKeys.Anchor(_key));
        await _server.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        File.Delete(_anchors);
    }

    [Theory]
    [InlineData("example.org", "SOA", "; fully validated")]
    [InlineData("example.org", "DNSKEY", "; fully validated")]
    [InlineData("web.example.org", "A", "; fully validated")]
    [InlineData("chain.example.org", "AAAA", "; fully validated")]
    [InlineData("x.wild.example.org", "TXT", "; fully validated")]
    [InlineData("x.alias.example.org", "A", "; fully validated")]
    [InlineData("child.example.org", "DS", "; fully validated")]
    [InlineData("biggest.example.org", "TXT", "; fully validated")] // over TCP
    [InlineData("web.example.org", "MX", "; negative response, fully validated")]
    [InlineData("b.c.d.example.org", "A", "; negative response, fully validated")]
    [InlineData("x.wild.example.org", "MX", "; negative response, fully validated")]
    [InlineData("nope.example.org", "A", "; negative response, fully validated")]
    [InlineData("nope.nope.nope.example.org", "A", "; negative response, fully validated")]
    [InlineData("sibling.example.org", "DS", "; negative response, fully validated")]
    [InlineData("example.org", "PTR", "; negative response, fully validated")]
    public async Task Delv_AnyName_Validates(string name, string type, string verdict)
    {
        var output = await DelvAsync(_anchors, name, type);
        output.ShouldContain(verdict, customMessage: output);
        output.ShouldNotContain("unsigned");
    }

    [Fact]
    public async Task Delv_KeyIsNotTheOneTrusted_Refuses()
    {
        // The validator does validate: with another key trusted, nothing of the zone is good.
        var wrong = Path.GetTempFileName();
        await File.WriteAllTextAsync(wrong, TestKeys.Anchor(TestKeys.Make(ReferenceZone.Apex)));
        (await DelvAsync(wrong, "web.example.org", "A")).ShouldContain("resolution failed");
        File.Delete(wrong);
    }

    [Fact]
    public async Task Unbound_EveryKindOfAnswer_IsAuthenticOrProvenInsecure()
    {
        await using var unbound = await UnboundServer.StartAsync(_server.Endpoint, [_key]);
        foreach (var (name, type, status, answers) in (ReadOnlySpan<(string, string, string, int)>)
        [
            ("example.org", "SOA", "NOERROR", 1),
            ("example.org", "NS", "NOERROR", 2),
            ("web.example.org", "A", "NOERROR", 2),
            ("chain.example.org", "A", "NOERROR", 5),
            ("x.wild.example.org", "A", "NOERROR", 1),
            ("y.wild.example.org", "TXT", "NOERROR", 1),
            ("x.y.z.double.example.org", "A", "NOERROR", 0),
            ("x.alias.example.org", "A", "NOERROR", 3),
            ("wildalias.example.org", "A", "NOERROR", 2),
            ("child.example.org", "DS", "NOERROR", 1),
            ("biggest.example.org", "TXT", "NOERROR", 6),
            ("_sip._tcp.example.org", "SRV", "NOERROR", 2),
            ("odd.example.org", "TYPE65", "NOERROR", 1),
            ("web.example.org", "MX", "NOERROR", 0),
            ("b.c.d.example.org", "A", "NOERROR", 0),
            ("x.wild.example.org", "MX", "NOERROR", 0),
            ("x.is.wild.example.org", "A", "NOERROR", 0),
            ("nope.example.org", "A", "NOERROR", 0), // it does not know RFC 9824, and takes it for a name without data
            ("nope.web.example.org", "AAAA", "NOERROR", 0),
            ("lost.example.org", "A", "NOERROR", 1),
            ("sibling.example.org", "DS", "NOERROR", 0),
        ])
        {
            var response = unbound.Ask(name, type);
            var what = $"{name} {type}: {string.Join(" | ", response.Answers.Concat(response.Authorities))}\n{unbound.Log}";
            response.Status.ShouldBe(status, what);
            response.Answers.Count(record => !record.Contains(" RRSIG ", StringComparison.Ordinal)).ShouldBe(answers, what);
            (response.Flags2 & AuthenticData).ShouldBe(AuthenticData, what);
        }
    }

    [Fact]
    public async Task Unbound_KeyIsReplacedStepByStep_EveryStepValidates()
    {
        // The parent is the resolver's list of trusted keys here: the old one before it is confirmed, the new one after.
        var begin = TimeProvider.System.GetUtcNow();
        var first = TestKeys.Make(ReferenceZone.Apex, KeyRollover.First(begin.AddDays(-30)));
        var rolled = KeyRollover.Next([first], begin, times => TestKeys.Make(ReferenceZone.Apex, times));
        var second = rolled.Changed.Single(key => key.Tag != first.Tag);
        var confirmed = KeyRollover.Confirm(rolled.Changed, begin.AddHours(3), TimeSpan.FromHours(1));
        foreach (var (at, keys, trusted) in ((DateTimeOffset, IEnumerable<ZoneKey>, ZoneKey)[])
        [
            (begin, [first], first),
            (begin.AddMinutes(1), rolled.Changed, first),
            (begin.AddHours(3), rolled.Changed, second),
            (begin.AddHours(6), confirmed.Changed, second),
            (begin.AddDays(10), confirmed.Changed, second),
        ])
        {
            var state = new SigningState();
            var roles = KeySchedule.At(keys, at);
            state.Publish(new ZoneSigners([new ZoneSigner(first.Zone, roles, new SigningCaches(1 << 10), TimeProvider.System)]));
            await using var server = await new RunningServer(ReferenceZone.State(), signing: state).StartAsync();
            await using var unbound = await UnboundServer.StartAsync(server.Endpoint, [trusted]);
            foreach (var name in (string[])["web.example.org", "nope.example.org"])
                (unbound.Ask(name, "A").Flags2 & AuthenticData).ShouldBe(AuthenticData, string.Create(CultureInfo.InvariantCulture, $"{name} at {at:u}: {unbound.Log}"));
        }
    }

    private async Task<string> DelvAsync(string anchors, string name, string type)
    {
        var result = await Command.RunAsync("delv", [$"@{_server.Endpoint.Address}", "-p", $"{_server.Endpoint.Port}", "-a", anchors, $"+root={ReferenceZone.Apex}", name, type]);
        return result.Output + result.Error;
    }
}
