using System.Diagnostics;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Jobs;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Grains.Apps;
using Federation.Grains.Clusters;
using Federation.Grains.Hosting;
using Federation.Grains.Objects;
using Federation.Storage;
using Federation.Storage.Cache;
using Federation.Storage.Sqlite;
using Federation.TestKit.Engine;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Grains.Tests;

/// <summary>A control plane without gateway: grains on this build's engine over a real store, with a clock that the test moves.</summary>
internal sealed class GrainHarness : IAsyncDisposable
{
    /// <summary>Between two questions to the store there is only work that needs a processor.</summary>
    private const int QuietLooks = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private DirectoryInfo? _directory;
    private SequentialIds _ids = new();
    private SqliteObjectStore _sqlite = null!;
    private GrainTestCluster _cluster = null!;

    public ManualTimeProvider Time { get; } = new();

    public FaultyStore Store { get; private set; } = null!;

    public IGrainFactory Grains => _cluster.GrainFactory;

    public IServiceProvider Services => _cluster.Services;

    public IObjectCache Cache => _cluster.Services.GetRequiredService<IObjectCache>();

    public static async Task<GrainHarness> StartAsync()
    {
        var harness = new GrainHarness { _directory = Directory.CreateTempSubdirectory("federation-grains-") };
        var options = new SqliteStoreOptions { Path = Path.Combine(harness._directory.FullName, "store.db") };
        harness._sqlite = await SqliteObjectStore.OpenAsync(options, NullLogger<SqliteObjectStore>.Instance, CancellationToken.None);
        await harness.RunAsync();
        await harness.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "default" } });
        return harness;
    }

    /// <summary>A second control plane on the same store that knows nothing of the first, with a clock of its own: each has its own activation of every grain.</summary>
    public async Task<GrainHarness> StartTwinAsync()
    {
        var twin = new GrainHarness { _ids = _ids, _sqlite = _sqlite };
        await twin.RunAsync();
        return twin;
    }

    /// <summary>Ends everything but the store without a word, and starts it anew.</summary>
    /// <param name="meanwhile">What others write into the store; null: nothing.</param>
    public async Task CrashAsync(Func<IObjectStore, Task>? meanwhile = null)
    {
        await _cluster.KillAsync();
        if (meanwhile is not null)
            await meanwhile(_sqlite);
        Store.BeginLife();
        await _cluster.StartAsync();
        await Cache.Ready;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        if (_directory is null)
            return;
        await _sqlite.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    public IObjectGrain Grain(Resource resource) => Grains.GetObjectGrain(resource.Key);

    public IAppGrain App(string name) => Grains.GetAppGrain("default", name);

    public IMemberClusterGrain Cluster(string name) => Grains.GetClusterGrain(name);

    public Task<WriteResult> WriteAsync(Resource resource, WriteVerb verb, bool dryRun = false, string subresource = "") => Grain(resource).WriteAsync(
        new WriteCommand { Verb = verb, Body = resource.Revision() is { } revision ? ApiJson.Write(resource, revision) : ApiJson.Write(resource), DryRun = dryRun, Subresource = subresource },
        CancellationToken.None);

    public async Task<T> CreateAsync<T>(T resource)
        where T : Resource
    {
        var result = await WriteAsync(resource, WriteVerb.Create);
        result.Failure.ShouldBeNull(result.Failure?.Message);
        return (T)result.Object!;
    }

    public Task<WriteResult> PatchAsync(ObjectKey key, string patch, string subresource = "") => Grains.GetObjectGrain(key).WriteAsync(
        new WriteCommand { Verb = WriteVerb.Patch, Body = System.Text.Encoding.UTF8.GetBytes(patch), Subresource = subresource }, CancellationToken.None);

    public Task<WriteResult> DeleteAsync(ObjectKey key, string? uid = null, string? resourceVersion = null) => Grains.GetObjectGrain(key).WriteAsync(
        new WriteCommand { Verb = WriteVerb.Delete, Uid = uid, ResourceVersion = resourceVersion }, CancellationToken.None);

    /// <summary>The object as the store has it; null: it is not there.</summary>
    public async Task<T?> ReadAsync<T>(ObjectKey key)
        where T : Resource => await _sqlite.GetAsync(key, CancellationToken.None) is { } stored ? (T)Kinds.Find(key.Kind).ReadStored(stored.Json.Span, stored.Revision) : null;

    public Task<App?> ReadAppAsync(string name = "web") => ReadAsync<App>(new ObjectKey(Api.Apps.App.KindName, "default", name));

    public Task<Cluster?> ReadClusterAsync(string name) => ReadAsync<Cluster>(ObjectKey.ClusterScoped(Api.Clusters.Cluster.KindName, name));

    /// <summary>Everything that is placed on clusters.</summary>
    public async Task<IReadOnlyList<PlacedResource>> ReadPlacedAsync()
    {
        var placed = new List<PlacedResource>();
        foreach (var kind in Kinds.Placed)
            placed.AddRange((await _sqlite.ReadSnapshotAsync(kind.Kind, CancellationToken.None)).Objects.Select(stored => (PlacedResource)kind.ReadStored(stored.Json.Span, stored.Revision)));
        return placed;
    }

    public async Task<IReadOnlyList<App>> ReadAppsAsync() => [.. (await ReadPlacedAsync()).OfType<App>()];

    public async Task<IReadOnlyList<Job>> ReadJobsAsync() => [.. (await ReadPlacedAsync()).OfType<Job>()];

    /// <summary>Starts a cluster and waits until it counts as Ready.</summary>
    public async Task<FakeAgent> StartClusterAsync(string name, string region, IReadOnlyDictionary<string, Api.Quantities.Quantity>? capacity = null)
    {
        var agent = capacity is null ? new FakeAgent(this, name, region) : new FakeAgent(this, name, region) { Capacity = capacity };
        await agent.JoinAsync();
        await agent.ReportAsync();
        await UntilAsync(async () => await IsReadyAsync(name), $"{name} is Ready");
        return agent;
    }

    public async Task<bool> IsReadyAsync(string cluster) =>
        (await ReadClusterAsync(cluster))?.Status.Conditions.IsTrue(ClusterConditions.Ready) == true;

    /// <summary>Waits for a condition while these clusters do what they are asked to and report; the clock stands still.</summary>
    public Task UntilAsync(Func<Task<bool>> condition, string what, params IEnumerable<FakeAgent> agents) => UntilAsync(
        async () =>
        {
            foreach (var agent in agents)
                await agent.ReportAsync();
            return await condition();
        },
        what);

    public async Task<IReadOnlyList<Event>> ReadEventsAsync() =>
        [.. (await _sqlite.ReadSnapshotAsync(Event.KindName, CancellationToken.None)).Objects.Select(stored => (Event)ApiJson.Read(Kinds.Event, stored.Json.Span))];

    /// <summary>Waits for a condition while the clock stands still but for what is due already.</summary>
    public Task UntilAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            Time.Advance(TimeSpan.Zero);
            return condition();
        },
        what);

    /// <summary>Time passes, and these clusters do what they are asked to and report; it goes on only when everybody has acted on what there is.</summary>
    public async Task PassAsync(TimeSpan time, TimeSpan step, params IEnumerable<FakeAgent> agents)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            Time.Advance(step);
            foreach (var agent in agents)
                await agent.ReportAsync();
            await SettleAsync();
        }
    }

    /// <summary>Lets everybody act on what is due and written. A write of a disk under load takes long; a clock that goes on meanwhile makes patience run out that no real clock would.</summary>
    /// <remarks>Quiet is: nothing is asked of the store, and nothing was since the last looks. A store that a test holds up is not waited for.</remarks>
    public async Task SettleAsync()
    {
        var watch = Stopwatch.StartNew();
        for (var (looks, seen) = (0, -1); looks < QuietLooks && watch.Elapsed < Patience;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            Time.Advance(TimeSpan.Zero);
            var (isQuiet, begun) = (Store.Life.IsQuiet, Store.Life.Begun);
            looks = isQuiet && begun == seen && Cache.Revision >= await _sqlite.ReadCurrentRevisionAsync(CancellationToken.None) ? looks + 1 : 0;
            seen = begun;
        }
    }

    private async Task RunAsync()
    {
        Store = new FaultyStore(_sqlite);
        _cluster = await GrainTestCluster.StartAsync(
            new GrainTestClusterOptions { GrainAssemblies = [typeof(FederationGrainsExtensions).Assembly] }, Configure);
        await Cache.Ready;
    }

    private void Configure(IServiceCollection services)
    {
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IIdSource>(_ids);
        services.AddSingleton<IObjectStore>(Store.Life);
        services.AddSingleton(new ObjectCacheOptions());
        services.AddSingleton<ObjectCache>();
        services.AddSingleton<IObjectCache>(provider => provider.GetRequiredService<ObjectCache>());
        services.AddHostedService(provider => provider.GetRequiredService<ObjectCache>());
        services.AddFederationGrains();
    }
}
