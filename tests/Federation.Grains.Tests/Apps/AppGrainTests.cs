using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;

namespace Federation.Grains.Tests.Apps;

public sealed class AppGrainTests : IAsyncLifetime
{
    private GrainHarness _plane = null!;
    private FakeAgent _east = null!;
    private FakeAgent _west = null!;
    private FakeAgent _south = null!;

    private FakeAgent[] All => [_east, _west, _south];

    public async Task InitializeAsync()
    {
        _plane = await GrainHarness.StartAsync();
        _east = await _plane.StartClusterAsync("us-east-1", "us-east");
        _west = await _plane.StartClusterAsync("eu-west-1", "eu-west");
        _south = await _plane.StartClusterAsync("ap-south-1", "ap-south");
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Create_ThreeClusters_EachRunsItsShareAndTheStatusSaysSo()
    {
        await _plane.CreateAsync(Sample.App(replicas: 6));

        await ConvergedAsync(6);

        var app = (await _plane.ReadAppAsync())!;
        app.Status.Clusters.Select(share => share.Replicas).ShouldBe([2, 2, 2]);
        app.Status.ReadyReplicas.ShouldBe(6);
        app.Metadata.Finalizers.ShouldBe([FinalizerNames.Works]);
        All.Select(agent => agent.Running).ShouldBe([2, 2, 2]);
    }

    [Fact]
    public async Task Scale_UpAndDown_ConvergesEachTime()
    {
        await _plane.CreateAsync(Sample.App(replicas: 6));
        await ConvergedAsync(6);

        foreach (var replicas in (int[])[12, 2])
        {
            await _plane.PatchAsync(Sample.Key, $"{{\"spec\":{{\"replicas\":{replicas}}}}}");
            await ConvergedAsync(replicas);
            All.Sum(agent => agent.Running).ShouldBe(replicas);
        }
    }

    [Fact]
    public async Task Update_TemplateChanged_EveryClusterRunsTheNewOne()
    {
        await _plane.CreateAsync(Sample.App(replicas: 3));
        await ConvergedAsync(3);
        var before = (await _plane.ReadAppAsync())!.Status.Clusters[0].TemplateHash;

        await _plane.PatchAsync(Sample.Key, """{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:2"}]}}}}""");
        await ConvergedAsync(3);

        var app = (await _plane.ReadAppAsync())!;
        app.Status.Clusters.Select(share => share.TemplateHash).Distinct().ShouldBe([TemplateHash.Of(app.Spec.Template)]);
        app.Status.Clusters[0].TemplateHash.ShouldNotBe(before);
    }

    [Fact]
    public async Task LeaseLost_FailoverAfterPassed_ShareMovesAndComesBack()
    {
        await _plane.CreateAsync(Sample.App(replicas: 6));
        await ConvergedAsync(6);

        await AdvanceAsync(TimeSpan.FromSeconds(6), _west, _south);
        await _plane.UntilAsync(async () => await ReadyOfAsync("us-east-1") is (ConditionStatus.Unknown, "LeaseExpired"), "the lease is lost");
        (await _plane.ReadAppAsync())!.Status.Clusters.Single(share => share.Cluster == "us-east-1").ShouldSatisfyAllConditions(
            share => share.Phase.ShouldBe(SharePhase.Active, "the share stays until failover.after has passed"), share => share.Replicas.ShouldBe(2));

        await AdvanceAsync(TimeSpan.FromSeconds(11), _west, _south);
        await _plane.UntilAsync(
            async () => (await _plane.ReadAppAsync()) is { Status.ReadyReplicas: 6 } moved && moved.Status.Clusters.Single(share => share.Cluster == "us-east-1").Phase == SharePhase.Away,
            "the share moved",
            _west,
            _south);
        _east.Running.ShouldBe(2, "what runs in the lost cluster goes on running");
        (await _plane.ReadAppAsync())!.Status.Placement!.Failover!.Clusters.ShouldBe(["us-east-1"]);

        await _plane.UntilAsync(() => _plane.IsReadyAsync("us-east-1"), "the lost cluster is Ready again", All);
        await ConvergedAsync(6);
        (await _plane.ReadAppAsync())!.Status.Clusters.Sum(share => share.Replicas).ShouldBe(6);
        All.Sum(agent => agent.Running).ShouldBe(6, "nothing is left over");
    }

    /// <summary>Seed 2582 of the simulation: what runs had not changed, so the cluster did not say it again, and nothing counted for ever.</summary>
    [Fact]
    public async Task ClusterReturns_WithNothingNewToSay_WhatItRunsCountsAgain()
    {
        var app = Sample.App(replicas: 2);
        await _plane.CreateAsync(app with { Spec = app.Spec with { Placement = app.Spec.Placement with { Regions = ["us-east"] } } });
        await ConvergedAsync(2);
        await AdvanceAsync(TimeSpan.FromSeconds(6), _west, _south);
        await _plane.UntilAsync(async () => !await _plane.IsReadyAsync("us-east-1"), "the lease is lost", _west, _south);
        await AdvanceAsync(TimeSpan.FromSeconds(11), _west, _south);
        await _plane.UntilAsync(async () => (await _plane.ReadAppAsync())!.Status.Clusters is [{ Phase: SharePhase.Away }], "the share is away", _west, _south);

        await _east.SendAsync(_east.NextReport() with { Works = [] });
        await _plane.UntilAsync(async () => (await _plane.ReadAppAsync())!.Status is { ReadyReplicas: 2, Clusters: [{ Phase: SharePhase.Active }] }, "its pods count");
    }

    [Fact]
    public async Task Delete_AllClustersAlive_GoneOnceTheyConfirm()
    {
        await _plane.CreateAsync(Sample.App(replicas: 3));
        await ConvergedAsync(3);

        var deleted = await _plane.DeleteAsync(Sample.Key);
        deleted.Removed.ShouldBeFalse();
        await _plane.UntilAsync(async () => await _plane.ReadAppAsync() is null, "the app is gone", All);

        All.Sum(agent => agent.Running).ShouldBe(0);
    }

    [Fact]
    public async Task Delete_OneClusterDead_TombstoneWaitsForIt()
    {
        var app = await _plane.CreateAsync(Sample.App(replicas: 3));
        await ConvergedAsync(3);
        await AdvanceAsync(TimeSpan.FromSeconds(6), _west, _south);
        await _plane.UntilAsync(async () => !await _plane.IsReadyAsync("us-east-1"), "the lease is lost");

        await _plane.DeleteAsync(Sample.Key);
        await _plane.UntilAsync(async () => await _plane.ReadAppAsync() is null, "the app is gone although a cluster is dead", _west, _south);
        (await _plane.ReadClusterAsync("us-east-1"))!.Status.Tombstones.ShouldHaveSingleItem().Uid.ShouldBe(app.Metadata.Uid);
        _east.Running.ShouldBe(1);

        _east.Restart();
        await _plane.UntilAsync(async () => (await _plane.ReadClusterAsync("us-east-1"))!.Status.Tombstones.Count == 0, "the tombstone was delivered", _east);
        _east.Running.ShouldBe(0);
        (await _plane.ReadClusterAsync("us-east-1"))!.Status.Orphans.ShouldBeEmpty();
    }

    [Fact]
    public async Task Report_UnknownUid_IsRecordedAsOrphanAndNeverRemoved()
    {
        await _plane.CreateAsync(Sample.App(replicas: 3));
        await ConvergedAsync(3);
        _east.RunStranger("stranger", "lost");

        await _plane.UntilAsync(async () => (await _plane.ReadClusterAsync("us-east-1"))!.Status.Orphans.Count == 1, "the orphan is recorded", All);
        await AdvanceAsync(TimeSpan.FromMinutes(2), All);

        var cluster = (await _plane.ReadClusterAsync("us-east-1"))!;
        cluster.Status.Orphans.ShouldHaveSingleItem().ShouldContain("stranger");
        cluster.Status.Tombstones.ShouldBeEmpty();
        _east.Works.Keys.ShouldContain("stranger");
        await _plane.UntilAsync(async () => (await _plane.ReadEventsAsync()).Any(note => note.Reason == "Orphan"), "an event tells of it");
    }

    [Fact]
    public async Task Recreate_SameName_OldContainersAreNotTakenForTheNewApp()
    {
        var first = await _plane.CreateAsync(Sample.App(replicas: 3));
        await ConvergedAsync(3);
        await _plane.PatchAsync(Sample.Key, """{"metadata":{"finalizers":null}}""");
        await _plane.DeleteAsync(Sample.Key);
        await _plane.PatchAsync(Sample.Key, """{"metadata":{"finalizers":null}}""");
        await _plane.UntilAsync(async () => await _plane.ReadAppAsync() is null || (await _plane.ReadAppAsync())!.IsDeleting, "the deletion is under way");
        await _plane.UntilAsync(async () => await _plane.ReadAppAsync() is null, "the first app is gone", _west, _south, _east);

        var second = await _plane.CreateAsync(Sample.App(replicas: 3));
        await ConvergedAsync(3);

        second.Metadata.Uid.ShouldNotBe(first.Metadata.Uid);
        (await _plane.ReadAppAsync())!.Status.ReadyReplicas.ShouldBe(3);
    }

    [Fact]
    public async Task Place_NoRoom_SaysSoAndPlacesWhenRoomIsMade()
    {
        await _plane.DisposeAsync();
        _plane = await GrainHarness.StartAsync();
        _east = await _plane.StartClusterAsync("us-east-1", "us-east", Sample.Pods(4));
        await _plane.CreateAsync(Sample.App("first", replicas: 3));
        await _plane.UntilAsync(async () => await _plane.ReadAppAsync("first") is { Status.ReadyReplicas: 3 }, "the first app runs", _east);

        await _plane.CreateAsync(Sample.App("second", replicas: 2));
        await _plane.UntilAsync(async () => await _plane.ReadAppAsync("second") is { Status.Placement.Unplaced: 1 }, "one replica finds no room", _east);
        await _plane.PatchAsync(new ObjectKey(App.KindName, "default", "first"), """{"spec":{"replicas":1}}""");

        await _plane.UntilAsync(async () => await _plane.ReadAppAsync("second") is { Status.Placement.Unplaced: 0, Status.ReadyReplicas: 2 }, "the room that was made is used", _east);
    }

    [Fact]
    public async Task Events_Decisions_AreTold()
    {
        await _plane.CreateAsync(Sample.App(replicas: 3));
        await ConvergedAsync(3);

        await _plane.UntilAsync(
            async () =>
            {
                // Events are written in bursts with a pause in between.
                await AdvanceAsync(TimeSpan.FromSeconds(1), All);
                return (await _plane.ReadEventsAsync()).Count(note => note.Reason == "Placed") == 3;
            },
            "three placements are told");
        var note = (await _plane.ReadEventsAsync()).First(note => note.Reason == "Placed");
        note.InvolvedObject.Name.ShouldBe("web");
        note.Type.ShouldBe("Normal");
    }

    private Task ConvergedAsync(int replicas) => _plane.UntilAsync(
        async () => await _plane.ReadAppAsync() is { } app
            && app.Status.ObservedGeneration == app.Metadata.Generation
            && app.Status.ReadyReplicas == replicas
            && app.Status.Conditions.IsTrue(AppConditions.Converged),
        $"{replicas} replicas run",
        All);

    private async Task<(ConditionStatus, string)> ReadyOfAsync(string cluster) =>
        (await _plane.ReadClusterAsync(cluster))!.Status.Conditions.Find("Ready") is { } ready ? (ready.Status, ready.Reason) : default;

    /// <summary>Time passes while these clusters go on reporting.</summary>
    private Task AdvanceAsync(TimeSpan time, params FakeAgent[] alive) => _plane.PassAsync(time, TimeSpan.FromSeconds(1), alive);
}
