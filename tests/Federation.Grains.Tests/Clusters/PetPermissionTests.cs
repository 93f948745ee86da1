using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Grains.Clusters;
using Federation.Storage;
using Federation.TestKit.Waiting;

namespace Federation.Grains.Tests.Clusters;

/// <summary>The permission to run fenced pets (ADR 9): 10 s, and a margin of 2 s.</summary>
public sealed class PetPermissionTests : IAsyncLifetime
{
    private static readonly TimeSpan Permission = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    private GrainHarness _plane = null!;
    private long _sequence;

    public async Task InitializeAsync() => _plane = await GrainHarness.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Report_ClusterWithoutPets_NothingIsReadOrWrittenOrPermitted()
    {
        var agent = await _plane.StartClusterAsync("a", "us");
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);
        var before = (await _plane.ReadClusterAsync("a"))!;
        _plane.Store.Reads.Clear();

        for (var beat = 0; beat < 20; beat++)
        {
            _plane.Time.Advance(TimeSpan.FromSeconds(1));
            (await agent.SendAsync(agent.NextReport() with { Inventory = null })).FenceSeconds.ShouldBe(0);
        }

        _plane.Store.Reads.ShouldNotContainKey(before.Key);
        (await _plane.ReadClusterAsync("a"))!.Metadata.ResourceVersion.ShouldBe(before.Metadata.ResourceVersion);
        (await FencedAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Report_ClusterWithPets_PermittedFromWhereTheStoreIs()
    {
        await StartAsync();
        var revision = await _plane.Store.ReadCurrentRevisionAsync(CancellationToken.None);

        var first = await BeatAsync(_plane);
        await _plane.UntilAsync(async () => await FencedAsync() == ConditionStatus.False, "the cluster is known to have pets");
        var written = (await _plane.ReadClusterAsync("a"))!.Metadata.ResourceVersion;
        _plane.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await BeatAsync(_plane);

        first.FenceSeconds.ShouldBe(Permission.TotalSeconds);
        first.FenceFrom.ShouldBeGreaterThanOrEqualTo(revision);
        first.FenceStore.ShouldBe((await _plane.Store.ReadIdentityAsync(CancellationToken.None)).ToString());
        second.ShouldBe(first with { Acknowledged = second.Acknowledged }, "what was applied once need not be applied again while the permission goes on");
        (await _plane.ReadClusterAsync("a"))!.Metadata.ResourceVersion.ShouldBe(written, "a heartbeat writes nothing");
    }

    [Fact]
    public async Task Report_LeaseLongerThanThePermission_HeartbeatsAreAskedForMoreOften()
    {
        await StartAsync();
        await _plane.PatchAsync((await _plane.ReadClusterAsync("a"))!.Key, """{"spec":{"leaseDuration":"60s"}}""");

        (await BeatAsync(_plane)).LeaseSeconds.ShouldBeLessThanOrEqualTo(Permission.TotalSeconds / 2);
    }

    [Fact]
    public async Task FencedIn_LastPermission_OverAfterItAndTheMargin()
    {
        await StartAsync();
        _plane.Time.Advance(TimeSpan.FromMinutes(1));
        await BeatAsync(_plane);

        (await FencedInAsync(_plane)).ShouldBe(Whole);
        _plane.Time.Advance(Whole - Moment);
        (await FencedInAsync(_plane)).ShouldBe(Moment);
        _plane.Time.Advance(Moment);
        (await FencedInAsync(_plane)).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task FencedIn_Zero_NextPermissionMakesTheAgentLearnFirst()
    {
        await StartAsync();
        var before = await BeatAsync(_plane);
        var release = await WriteSomethingAsync();
        _plane.Time.Advance(Whole);
        (await FencedInAsync(_plane)).ShouldBe(TimeSpan.Zero);

        var after = await BeatAsync(_plane);

        before.FenceFrom.ShouldBeLessThan(release);
        after.FenceFrom.ShouldBeGreaterThanOrEqualTo(release, "the agent that was away must not start what was given to another meanwhile");
        (await FencedInAsync(_plane)).ShouldBe(Whole);
    }

    [Fact]
    public async Task FencedIn_NotYetZero_ThePermissionGoesOnAsItWas()
    {
        await StartAsync();
        var before = await BeatAsync(_plane);
        await WriteSomethingAsync();
        _plane.Time.Advance(Whole - Moment);
        (await FencedInAsync(_plane)).ShouldBeGreaterThan(TimeSpan.Zero);

        (await BeatAsync(_plane)).FenceFrom.ShouldBe(before.FenceFrom, "pets that run would have to wait for news that do not concern them");
    }

    [Fact]
    public async Task Report_AnsweredLate_CountsFromTheAnswer()
    {
        await StartAsync();
        await BeatAsync(_plane);
        var gate = new TaskCompletionSource();
        _plane.Store.AfterRead = gate.Task;
        var report = BeatAsync(_plane);
        await _plane.UntilAsync(() => Task.FromResult(_plane.Store.Waiting > 0), "the report is being answered");
        _plane.Time.Advance(TimeSpan.FromSeconds(0.9));
        _plane.Store.AfterRead = null;
        gate.SetResult();

        (await report).FenceSeconds.ShouldBeGreaterThan(0);

        (await FencedInAsync(_plane)).ShouldBe(Whole, "the grain cannot know when the report was sent, only that it was before");
    }

    [Fact]
    public async Task TwoActivations_TheOlderOne_PermitsNothingAndCountsAsNothing()
    {
        await StartAsync();
        await BeatAsync(_plane);
        await using var twin = await _plane.StartTwinAsync();
        await BeatAsync(twin);

        (await BeatAsync(_plane)).FenceSeconds.ShouldBe(0, "its mark is gone");
    }

    [Fact]
    public async Task TwoActivations_AskedWhetherFenced_OnlyTheOneThatOwnsTheClusterSaysSo()
    {
        await StartAsync();
        // Nothing makes the older one write, which would tell it: no pets that it knows of, no lease that ends.
        await _plane.PatchAsync((await _plane.ReadClusterAsync("a"))!.Key, """{"spec":{"leaseDuration":"10m"}}""");
        await BeatAsync(_plane);
        await _plane.Cluster("a").ReportAsync(new Report { Session = "s", Sequence = ++_sequence, Full = true }, CancellationToken.None);
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);
        await using var twin = await _plane.StartTwinAsync();
        (await BeatAsync(twin)).FenceSeconds.ShouldBeGreaterThan(0);
        _plane.Time.Advance(Whole * 2);

        (await FencedInAsync(_plane)).ShouldBeGreaterThan(TimeSpan.Zero, "the other one goes on permitting");
    }

    [Fact]
    public async Task TwoActivations_TheNewerOne_CountsWhatTheOlderOneMayHaveGiven()
    {
        await StartAsync();
        await using var twin = await _plane.StartTwinAsync();
        // Just before the mark of the newer one arrives, the older one permits once more.
        await BeatAsync(_plane);

        (await FencedInAsync(twin)).ShouldBe(Whole);
        twin.Time.Advance(Whole - Moment);
        (await FencedInAsync(twin)).ShouldBe(Moment);
        twin.Time.Advance(Moment);
        (await FencedInAsync(twin)).ShouldBe(TimeSpan.Zero);
    }

    /// <summary>The silo sleeps between its read of the store and its answer, and another one takes over meanwhile.</summary>
    [Fact]
    public async Task FrozenInTheMiddleOfAReport_AfterTheRead_WhatItPermitsIsOverBeforeAnybodyCountsOnIt()
    {
        await StartAsync();
        await BeatAsync(_plane);
        await using var twin = await _plane.StartTwinAsync();
        var gate = new TaskCompletionSource();
        _plane.Store.AfterRead = gate.Task;
        var (sent, report) = (twin.Time.GetUtcNow(), BeatAsync(_plane));
        await Eventually.TrueAsync(() => Task.FromResult(_plane.Store.Waiting > 0), "the report is being answered");

        var fencedAfter = await FencedInAsync(twin);
        twin.Time.Advance(fencedAfter);
        (await FencedInAsync(twin)).ShouldBe(TimeSpan.Zero);
        var fenced = twin.Time.GetUtcNow();
        _plane.Store.AfterRead = null;
        gate.SetResult();

        var answer = await report;
        answer.FenceSeconds.ShouldBeGreaterThan(0, "it cannot know");
        (sent + TimeSpan.FromSeconds(answer.FenceSeconds)).ShouldBeLessThan(fenced, "the agent counts from when it sent the report");
        (await BeatAsync(_plane)).FenceSeconds.ShouldBe(0);
    }

    [Fact]
    public async Task FrozenInTheMiddleOfAReport_BeforeTheRead_PermitsNothing()
    {
        await StartAsync();
        await BeatAsync(_plane);
        await using var twin = await _plane.StartTwinAsync();
        var gate = new TaskCompletionSource();
        _plane.Store.BeforeRead = gate.Task;
        var report = BeatAsync(_plane);
        await Eventually.TrueAsync(() => Task.FromResult(_plane.Store.Waiting > 0), "the report is being answered");
        await BeatAsync(twin);
        _plane.Store.BeforeRead = null;
        gate.SetResult();

        (await report).FenceSeconds.ShouldBe(0);
    }

    [Fact]
    public async Task TwoActivations_TheClusterIsAskedToLearnAgain()
    {
        await StartAsync();
        await BeatAsync(_plane);
        var release = await WriteSomethingAsync();
        await using var twin = await _plane.StartTwinAsync();

        (await BeatAsync(twin)).FenceFrom.ShouldBeGreaterThanOrEqualTo(release, "the newer one does not know whether the older one said that the cluster is fenced");
    }

    [Fact]
    public async Task ControlPlaneRestart_PermitsAtTheFirstReport()
    {
        await StartAsync();
        await BeatAsync(_plane);
        await _plane.UntilAsync(async () => await FencedAsync() == ConditionStatus.False, "the cluster is known to have pets");
        await _plane.CrashAsync();

        var answer = await _plane.Cluster("a").ReportAsync(new Report { Session = "s", Sequence = ++_sequence }, CancellationToken.None);

        answer.Resync.ShouldBeTrue();
        answer.FenceSeconds.ShouldBe(Permission.TotalSeconds, "pets do not stop because the control plane starts anew");
    }

    [Fact]
    public async Task ControlPlaneRestart_AgentIsGone_FencedAfterWhatMayHaveBeenPermittedBefore()
    {
        await StartAsync();
        await BeatAsync(_plane);
        await _plane.UntilAsync(async () => await FencedAsync() == ConditionStatus.False, "the cluster is known to have pets");
        await _plane.CrashAsync();
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);

        _plane.Time.Advance(Whole - Moment);
        (await FencedInAsync(_plane)).ShouldBe(Moment);
        _plane.Time.Advance(Moment);
        (await FencedInAsync(_plane)).ShouldBe(TimeSpan.Zero);
        await _plane.UntilAsync(async () => await FencedAsync() == ConditionStatus.True, "people see it");
    }

    [Fact]
    public async Task RestoredStore_PermitsNothingUntilWhatWasPermittedBeforeIsOver()
    {
        await StartAsync();
        await BeatAsync(_plane);
        await _plane.UntilAsync(async () => await FencedAsync() == ConditionStatus.False, "the cluster is known to have pets");
        var identity = await _plane.Store.RenewIdentityAsync(CancellationToken.None);
        await _plane.CrashAsync();

        (await BeatAsync(_plane)).FenceSeconds.ShouldBe(0, "the backup may put a pet here that has moved since");
        _plane.Time.Advance(Whole - Moment);
        (await BeatAsync(_plane)).FenceSeconds.ShouldBe(0);
        _plane.Time.Advance(Moment);
        var answer = await BeatAsync(_plane);
        answer.FenceSeconds.ShouldBe(Permission.TotalSeconds);
        answer.FenceStore.ShouldBe(identity.ToString());
    }

    [Fact]
    public async Task Report_RevisionsOfAnotherStore_CountAsBeforeEverything()
    {
        await _plane.StartClusterAsync("a", "us");
        var report = new Report
        {
            Session = "s",
            Sequence = 1,
            Full = true,
            AppliedRevision = 1_000_000,
            AppliedStore = Guid.Empty.ToString("D"),
            Works = [new WorkStatus { Uid = "db", Kind = "PetSet", Namespace = "default", Name = "db", Revision = 1_000_000 }],
        };

        await _plane.Cluster("a").ReportAsync(report, CancellationToken.None);
        (await _plane.Cluster("a").ReadWorkAsync("db", CancellationToken.None))!.Revision.ShouldBe(0, "a release of this store has not reached an agent that speaks of another");

        var store = (await _plane.Store.ReadIdentityAsync(CancellationToken.None)).ToString();
        await _plane.Cluster("a").ReportAsync(report with { Sequence = 2, AppliedStore = store }, CancellationToken.None);
        (await _plane.Cluster("a").ReadWorkAsync("db", CancellationToken.None))!.Revision.ShouldBe(1_000_000);
    }

    [Fact]
    public async Task StoreAway_LeaseHoldsAndPetsAreNotPermitted()
    {
        await StartAsync();
        await BeatAsync(_plane);
        _plane.Store.Down = StoreUnavailableReason.Failed;

        var answer = await BeatAsync(_plane);
        answer.LeaseSeconds.ShouldBe(5);
        answer.FenceSeconds.ShouldBe(0);

        _plane.Store.Down = null;
        (await BeatAsync(_plane)).FenceSeconds.ShouldBe(Permission.TotalSeconds);
    }

    [Fact]
    public async Task StoreHangs_TheHeartbeatIsAnswered()
    {
        await StartAsync();
        await BeatAsync(_plane);
        var gate = new TaskCompletionSource();
        _plane.Store.BeforeRead = gate.Task;
        var report = BeatAsync(_plane);
        await _plane.UntilAsync(() => Task.FromResult(_plane.Store.Waiting > 0), "the report is being answered");
        _plane.Time.Advance(TimeSpan.FromSeconds(1));

        var answer = await report;

        answer.LeaseSeconds.ShouldBe(5);
        answer.FenceSeconds.ShouldBe(0);
        gate.SetResult();
    }

    [Fact]
    public async Task ClusterDeleted_FencedAfterTheLastPermission()
    {
        await StartAsync();
        await BeatAsync(_plane);
        await _plane.DeleteAsync((await _plane.ReadClusterAsync("a"))!.Key);
        await _plane.UntilAsync(async () => await _plane.ReadClusterAsync("a") is null, "it is gone");

        (await FencedInAsync(_plane)).ShouldBe(Whole);
        _plane.Time.Advance(Whole);
        (await FencedInAsync(_plane)).ShouldBe(TimeSpan.Zero);
        (await BeatAsync(_plane)).FenceSeconds.ShouldBe(0);
    }

    [Fact]
    public async Task Condition_FollowsThePermission()
    {
        await StartAsync();
        await BeatAsync(_plane);
        await _plane.UntilAsync(async () => await FencedAsync() == ConditionStatus.False, "pets may run");
        _plane.Time.Advance(Whole);
        await _plane.UntilAsync(async () => await FencedAsync() == ConditionStatus.True, "none can run");
        await BeatAsync(_plane);
        await _plane.UntilAsync(async () => await FencedAsync() == ConditionStatus.False, "they may again");

        await _plane.Cluster("a").ReportAsync(new Report { Session = "s", Sequence = ++_sequence, Full = true }, CancellationToken.None);
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);
        (await FencedAsync()).ShouldBeNull("the cluster has no pets any more");
    }

    [Theory]
    [InlineData(10, 2, true)]
    [InlineData(2, 0.1, true)]
    [InlineData(1.9, 2, false)]
    [InlineData(60, 2, false)]
    public void FindProblem_PermissionAndMargin_FitTogether(double permission, double margin, bool isGood) =>
        (new FenceOptions { Permission = TimeSpan.FromSeconds(permission), Margin = TimeSpan.FromSeconds(margin) }.FindProblem() is null).ShouldBe(isGood);

    private async Task StartAsync()
    {
        await _plane.StartClusterAsync("a", "us");
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);
    }

    /// <summary>A report of a cluster that has a pet.</summary>
    private Task<ReportAnswer> BeatAsync(GrainHarness plane)
    {
        var report = new Report
        {
            Session = "s",
            Sequence = ++_sequence,
            Full = true,
            Works = [new WorkStatus { Uid = "db", Kind = "PetSet", Namespace = "default", Name = "db", Pets = [new WorkPetStatus { Epoch = 1 }] }],
        };
        return plane.Cluster("a").ReportAsync(report, CancellationToken.None);
    }

    private static Task<TimeSpan> FencedInAsync(GrainHarness plane) => plane.Cluster("a").FencedInAsync(CancellationToken.None);

    /// <returns>The store's revision of the write.</returns>
    private async Task<long> WriteSomethingAsync()
    {
        await _plane.CreateAsync(Sample.App($"app-{_sequence}", 1));
        return await _plane.Store.ReadCurrentRevisionAsync(CancellationToken.None);
    }

    private async Task<ConditionStatus?> FencedAsync() => (await _plane.ReadClusterAsync("a"))?.Status.Conditions.Find(ClusterConditions.Fenced)?.Status;
}
