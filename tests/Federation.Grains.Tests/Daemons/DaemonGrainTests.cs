using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Meta;

namespace Federation.Grains.Tests.Daemons;

public sealed class DaemonGrainTests : IAsyncLifetime
{
    private static readonly ObjectKey Key = new(Daemon.KindName, "default", "logs");

    private GrainHarness _plane = null!;
    private FakeAgent _east = null!;
    private FakeAgent _west = null!;

    public async Task InitializeAsync()
    {
        _plane = await GrainHarness.StartAsync();
        _east = await _plane.StartClusterAsync("us-east-1", "us-east");
        _west = await _plane.StartClusterAsync("eu-west-1", "eu-west");
        (_east.Machines, _west.Machines) = (3, 2);
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Create_TwoClusters_EachRunsOnePodOnEachMachine()
    {
        await _plane.CreateAsync(Sample.Daemon("logs"));

        var daemon = await SettledAsync(5, _east, _west);

        daemon.Status.Clusters.Select(share => share.Replicas).ShouldBe([2, 3]);
        (daemon.Status.Running, daemon.Status.Ready, daemon.Status.Updated).ShouldBe((5, 5, 5));
    }

    [Fact]
    public async Task ClusterJoins_Later_TakesPart()
    {
        await _plane.CreateAsync(Sample.Daemon("logs"));
        await SettledAsync(5, _east, _west);

        var south = await _plane.StartClusterAsync("ap-south-1", "ap-south");
        await SettledAsync(6, _east, _west, south);

        south.Running.ShouldBe(1);
    }

    [Fact]
    public async Task MachinesComeAndGo_StatusFollowsWhatTheClusterSays()
    {
        await _plane.CreateAsync(Sample.Daemon("logs"));
        await SettledAsync(5, _east, _west);

        _east.Machines = 1;

        await SettledAsync(3, _east, _west);
    }

    [Fact]
    public async Task Placement_OneRegion_TheOtherIsNotAskedAndLeavesWhenTheChoiceChanges()
    {
        await _plane.CreateAsync(Sample.Daemon("logs", new DaemonPlacement { Regions = ["us-east"] }));
        await SettledAsync(3, _east, _west);
        _west.Running.ShouldBe(0);

        await _plane.PatchAsync(Key, """{"spec":{"placement":{"regions":["eu-west"]}}}""");
        await SettledAsync(2, _east, _west);

        _east.Running.ShouldBe(0);
    }

    [Fact]
    public async Task ClusterLost_LongAgo_KeepsItsShareAndIsNotCounted()
    {
        await _plane.CreateAsync(Sample.Daemon("logs"));
        await SettledAsync(5, _east, _west);

        await _plane.PassAsync(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2), _west);

        await _plane.UntilAsync(async () => (await ReadAsync())!.Status.Desired == 2, "the lost cluster is not counted", _west);
        (await ReadAsync())!.Status.Clusters.Single(share => share.Cluster == "us-east-1").ShouldSatisfyAllConditions(
            share => share.Phase.ShouldBe(SharePhase.Active), share => share.Replicas.ShouldBe(3));
    }

    [Fact]
    public async Task Delete_Running_EndsWhenEveryClusterHasConfirmed()
    {
        await _plane.CreateAsync(Sample.Daemon("logs"));
        await SettledAsync(5, _east, _west);

        await _plane.DeleteAsync(Key);

        await _plane.UntilAsync(async () => await ReadAsync() is null, "the daemon is gone", _east, _west);
        (_east.Running, _west.Running).ShouldBe((0, 0));
    }

    private Task<Daemon?> ReadAsync() => _plane.ReadAsync<Daemon>(Key);

    private async Task<Daemon> SettledAsync(int pods, params FakeAgent[] agents)
    {
        await _plane.UntilAsync(
            async () => await ReadAsync() is { Status: var status } daemon && daemon.IsSettled && status.Ready == pods && status.Desired == pods && status.Conditions.IsTrue(AppConditions.Converged),
            $"{pods} pods are ready",
            agents);
        return (await ReadAsync())!;
    }
}
