using Federation.TestKit.Local;
using Federation.TestKit.Machines;
using Federation.TestKit.Postgres;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Dns;

/// <summary>The federation's own zone, signed with a key that its command makes, on a control plane without regions.</summary>
public sealed class SignedZoneScenario : IAsyncLifetime
{
    private const string Address = "127.0.53.1";

    private readonly string _directory = Directory.CreateTempSubdirectory("signed").FullName;
    private readonly HeldControlPlane _controlPlane;

    public SignedZoneScenario() => _controlPlane = new HeldControlPlane(Address, _directory) { MoreArguments = ["--dns-zone-keys", Keys] };

    private string Keys => Path.Combine(_directory, "keys");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _controlPlane.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task NewKey_ThenReplaced_ValidatorsAndTheParentsRecordFollow()
    {
        var made = await KeyAsync("new", "fed.test");
        var record = made.Split('\n').Single(line => line.StartsWith("fed.test. IN DS ", StringComparison.Ordinal)).Trim();
        await _controlPlane.StartAsync();

        // delv trusts the key by the very record that a parent would have.
        var anchors = Path.Combine(_directory, "anchors");
        var fields = record.Split(' ');
        await File.WriteAllTextAsync(anchors, $"trust-anchors {{ {fields[0]} static-ds {fields[3]} {fields[4]} {fields[5]} \"{fields[6]}\"; }};\n");
        await Eventually.ReadAsync(() => DelvAsync(anchors, "ns.fed.test"), text => text.StartsWith("; fully validated", StringComparison.Ordinal), "the zone is served and signed");
        (await DelvAsync(anchors, "nope.default.svc.fed.test")).ShouldStartWith("; negative response, fully validated");
        var later = (await Eventually.ReadAsync(FedDsAsync, text => text.StartsWith("; from ", StringComparison.Ordinal), "the command answers")).Trim();
        later.ShouldEndWith($" on: {record}");

        // A second one beside it is noticed; the first goes on.
        (await KeyAsync("roll", "fed.test")).ShouldContain("is published beside " + fields[3]);
        (await KeyAsync("roll", "fed.test")).ShouldContain("becomes known everywhere until");
        (await KeyAsync("confirm", "fed.test", "12h")).ShouldContain("is not known everywhere before");
        (await KeyAsync("list", "fed.test")).Trim().Split('\n').Length.ShouldBe(2);
        await Eventually.ReadAsync(FedDsAsync, text => text.Trim().Split('\n').Length == 2, "the name server has both keys");
        (await DelvAsync(anchors, "ns.fed.test")).ShouldStartWith("; fully validated");
    }

    [Fact]
    public async Task StoreLost_AnswersOnAndSaysSinceWhen_UntilItIsBack()
    {
        const string address = "127.0.53.2";
        await using var store = await PostgresServer.StartNewAsync();
        await using var plane = new HeldControlPlane(address, Directory.CreateDirectory(Path.Combine(_directory, "postgres")).FullName)
        {
            MoreArguments = ["--postgres", await store.CreateDatabaseAsync(), "--dns-id", "ns-1", "--dns-servers", $"{address}:5353"],
        };
        await plane.StartAsync();
        await plane.ApplyAsync(Zone("192.0.2.80"));
        await Eventually.ReadAsync(() => DigAsync("www.example.org", "A"), text => text == "192.0.2.80", "the zone is served");
        await Eventually.ReadAsync(StatusAsync, text => text.Contains("connected"), "the command says that all is well");

        await store.CrashAsync();
        await Eventually.ReadAsync(() => DigAsync("_status.fed.test", "TXT"), text => text.Contains("\"server=ns-1\"") && text.Contains("\"feed=cut-off\"") && text.Contains("\"cut-off-since="), "the name server says that it is cut off");
        (await DigAsync("www.example.org", "A")).ShouldBe("192.0.2.80");
        await Eventually.ReadAsync(StatusAsync, text => text.Contains("cut off since"), "the command says so, too");

        await store.StartAsync();
        await Eventually.ReadAsync(() => DigAsync("_status.fed.test", "TXT"), text => text.Contains("\"feed=connected\" \"stale-seconds=0\""), "the feed is back");
        await Eventually.TrueAsync(
            async () => (await Command.RunAsync("kubectl", ["--kubeconfig", plane.Kubeconfig, "apply", "-f", "-"], input: Zone("192.0.2.81"))).ExitCode == 0, "changes are taken again");
        await Eventually.ReadAsync(() => DigAsync("www.example.org", "A"), text => text == "192.0.2.81", "changes are served again");
        await Eventually.ReadAsync(StatusAsync, text => text.Contains("ns-1") && text.Contains("example.org."), "the command lists the server and the zone");

        static string Zone(string www) => $$"""
            apiVersion: federation/v1
            kind: Zone
            metadata: { name: example.org }
            spec: { records: "www A {{www}}" }
            """;

        static async Task<string> DigAsync(string name, string type) => (await Command.RunAsync("dig", [$"@{address}", "-p", "5353", name, type, "+short"])).Output.Trim();

        async Task<string> StatusAsync() => (await plane.FedAsync("dns", "status")).Output;
    }

    private async Task<string> KeyAsync(params string[] arguments)
    {
        var result = await Command.RunAsync("dotnet", [Programs.Silo, "dns-key", .. arguments, "--dns-zone-keys", Keys]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    private async Task<string> FedDsAsync() => (await _controlPlane.FedAsync("dns", "ds", "fed.test")).Output;

    private static async Task<string> DelvAsync(string anchors, string name) =>
        (await Command.RunAsync("delv", [$"@{Address}", "-p", "5353", "-a", anchors, "+root=fed.test", name, "A"])).Output;
}
