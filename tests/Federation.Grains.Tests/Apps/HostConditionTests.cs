using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Storage;

namespace Federation.Grains.Tests.Apps;

/// <summary>Who lists a whole name (<c>dns.hosts</c>) says in its status whether it gets it, whatever comes first: the name or the zone.</summary>
public sealed class HostConditionTests : IAsyncLifetime
{
    private static readonly ObjectKey ZoneKey = ObjectKey.ClusterScoped(Zone.KindName, "example.com");
    private GrainHarness _plane = null!;

    public async Task InitializeAsync() => _plane = await GrainHarness.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task WholeName_ZoneComesChangesAndGoes_StatusFollows()
    {
        await _plane.CreateAsync(WithHost(Sample.App(replicas: 0), "www.example.com"));
        await _plane.CreateAsync(Sample.Daemon("each") with { Spec = Sample.Daemon("each").Spec with { Expose = Expose("www.example.com") } });
        await SaysAsync("False NoZone");
        await _plane.CreateAsync(Example("default"));
        await SaysAsync("True Granted");
        await _plane.PatchAsync(ZoneKey, """{"spec":{"hosts":[{"name":"www","namespace":"press"}]}}""");
        await SaysAsync("False OtherNamespace");
        await _plane.UntilAsync(async () => Said(await _plane.ReadAsync<Daemon>(new ObjectKey(Daemon.KindName, "default", "each"))) == "False OtherNamespace", "the daemon says it, too");
        await _plane.PatchAsync(ZoneKey, """{"spec":{"records":"www NS ns.example.net.","hosts":[{"name":"*","namespace":"default"}]}}""");
        await SaysAsync("True Granted");
        await _plane.DeleteAsync(ZoneKey);
        await SaysAsync("False NoZone");
        await _plane.PatchAsync(Sample.Key, """{"spec":{"expose":[{"port":80,"dns":{"hosts":[{"name":"label"}]}}]}}""");
        await SaysAsync("");
    }

    [Fact]
    public async Task Crash_ZoneWrittenBeforeItsHostsWereLookedAt_TheNextStartDoes()
    {
        await _plane.CreateAsync(WithHost(Sample.App(replicas: 0), "www.example.com"));
        await SaysAsync("False NoZone");
        await _plane.CrashAsync(async store =>
        {
            var zone = Example("default") with { Metadata = new ObjectMeta { Name = ZoneKey.Name, Uid = "uid-zone", CreationTimestamp = _plane.Time.GetUtcNow() } };
            (await store.WriteAsync(new ObjectWrite.Put(ZoneKey, "uid-zone", 1, ApiJson.Write(zone), null, 0), CancellationToken.None)).ShouldBeOfType<WriteOutcome.Written>();
        });
        await SaysAsync("True Granted");
    }

    private Task SaysAsync(string expected) => _plane.UntilAsync(async () => Said(await _plane.ReadAppAsync()) == expected, $"the app says '{expected}'");

    private static string? Said(PlacedResource? app) =>
        app is null ? null : app.Conditions.Find(AppConditions.HostsGranted) is { } condition ? $"{condition.Status} {condition.Reason}" : "";

    private static App WithHost(App app, string host) => app with { Spec = app.Spec with { Expose = Expose(host) } };

    private static IReadOnlyList<ExposeSpec> Expose(string host) => [new ExposeSpec { Port = 80, Dns = new DnsSpec { Hosts = [new DnsHost { Name = host }] } }];

    private static Zone Example(string @namespace) => new()
    {
        Metadata = new ObjectMeta { Name = ZoneKey.Name },
        Spec = new ZoneSpec { Hosts = [new ZoneHost { Name = "www", Namespace = @namespace }] },
    };
}
