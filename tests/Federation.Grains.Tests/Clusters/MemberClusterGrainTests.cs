using System.Collections.Concurrent;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Credentials;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Grains.Clusters;

namespace Federation.Grains.Tests.Clusters;

public sealed class MemberClusterGrainTests : IAsyncLifetime
{
    private GrainHarness _plane = null!;

    public async Task InitializeAsync() => _plane = await GrainHarness.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Join_Again_TakesTheAddressAndKeepsWhatPeopleSet()
    {
        var agent = await _plane.StartClusterAsync("a", "us");
        var key = (await _plane.ReadClusterAsync("a"))!.Key;
        await _plane.PatchAsync(key, """{"metadata":{"labels":{"tier":"test"}},"spec":{"unschedulable":true}}""");

        var again = await _plane.Cluster("a").JoinAsync(
            new JoinRequest { Cluster = "a", Region = "us", Addresses = ["127.0.9.9"], Labels = new Dictionary<string, string> { ["tier"] = "prod", ["new"] = "yes" } },
            CancellationToken.None);

        var cluster = (Cluster)again.Object!;
        cluster.Spec.Addresses.ShouldBe(["127.0.9.9"]);
        cluster.Spec.Unschedulable.ShouldBeTrue();
        cluster.Metadata.Labels.ShouldSatisfyAllConditions(labels => labels["tier"].ShouldBe("test"), labels => labels["new"].ShouldBe("yes"));
        cluster.Status.Capacity.ShouldNotBeEmpty("joining again is no new cluster");
        agent.Works.ShouldBeEmpty();
    }

    [Fact]
    public async Task Report_Heartbeats_WriteNothing()
    {
        var agent = await _plane.StartClusterAsync("a", "us");
        var before = await _plane.Store.ReadCurrentRevisionAsync(CancellationToken.None);

        for (var beat = 0; beat < 20; beat++)
        {
            _plane.Time.Advance(TimeSpan.FromSeconds(1));
            await agent.SendAsync(agent.NextReport() with { Inventory = null });
        }

        (await _plane.IsReadyAsync("a")).ShouldBeTrue();
        var writes = (await _plane.Store.ReadSnapshotAsync(Cluster.KindName, CancellationToken.None)).Objects.Single();
        writes.Revision.ShouldBeLessThanOrEqualTo(before, "the Cluster was not written");
    }

    [Fact]
    public async Task Report_Latencies_AreInTheStatusAndStayWhenNothingNewIsSaid()
    {
        var agent = await _plane.StartClusterAsync("a", "us");
        await agent.SendAsync(agent.NextReport() with { Latencies = [new RegionLatency { Region = "eu", Milliseconds = 90 }] });
        await _plane.UntilAsync(async () => (await _plane.ReadClusterAsync("a"))!.Status.Latencies.Count == 1, "told");
        await agent.SendAsync(agent.NextReport());
        (await _plane.ReadClusterAsync("a"))!.Status.Latencies.ShouldBe([new RegionLatency { Region = "eu", Milliseconds = 90 }]);
    }

    /// <summary>Several clusters, so that with several silos some of their grains are on another one than the subscriber.</summary>
    [Fact]
    public async Task Subscribe_SeveralClusters_PodsAndLaterChangesArrive()
    {
        for (var number = 0; number < 6; number++)
        {
            var agent = await _plane.StartClusterAsync($"c{number}", "us");
            await agent.SendAsync(agent.NextReport() with { Pods = [PodOf("one"), PodOf("two")] });
            var listener = new PodListener();
            var reference = _plane.Grains.CreateObjectReference<IClusterObserver>(listener);

            var now = await _plane.Cluster(agent.Cluster).SubscribeAsync(reference, CancellationToken.None);
            await agent.SendAsync(agent.NextReport() with { RemovedPods = [new PodName("default", "one")] });

            now.Full.ShouldBeTrue();
            now.Pods.Select(pod => pod.Metadata.Name).Order().ShouldBe(["one", "two"]);
            await _plane.UntilAsync(() => Task.FromResult(!listener.Heard.IsEmpty), $"{agent.Cluster} tells its change");
            var delta = listener.Heard.Single();
            delta.Sequence.ShouldBe(now.Sequence + 1);
            delta.Removed.ShouldBe([new PodName("default", "one")]);
            delta.Pods.ShouldBeEmpty();
            await _plane.Cluster(agent.Cluster).UnsubscribeAsync(reference);
            GC.KeepAlive(listener);
        }
    }

    [Fact]
    public async Task Report_GapOrControlPlaneRestart_AsksForAFullOne()
    {
        var agent = await _plane.StartClusterAsync("a", "us");
        agent.NextReport();

        (await agent.SendAsync(agent.NextReport())).Resync.ShouldBeTrue("a report was lost");
        (await agent.SendAsync(agent.NextReport())).Resync.ShouldBeFalse("a full one heals it");
        await _plane.CrashAsync();
        (await agent.SendAsync(agent.NextReport())).Resync.ShouldBeTrue("a new activation knows nothing");
        (await agent.SendAsync(agent.NextReport())).Resync.ShouldBeFalse();
    }

    [Fact]
    public async Task Report_NoSuchCluster_NoLease() =>
        (await _plane.Cluster("nowhere").ReportAsync(new Report { Session = "s", Sequence = 1, Full = true }, CancellationToken.None)).LeaseSeconds.ShouldBe(0);

    [Fact]
    public async Task Lease_ControlPlaneJustStarted_WaitsAFullLeaseBeforeItJudges()
    {
        await _plane.StartClusterAsync("a", "us");
        _plane.Time.Advance(TimeSpan.FromSeconds(4));
        await _plane.CrashAsync();
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);

        _plane.Time.Advance(TimeSpan.FromSeconds(4));
        await _plane.Cluster("a").ReconcileAsync(CancellationToken.None);
        (await _plane.IsReadyAsync("a")).ShouldBeTrue("8 s after the last report, but 4 s after the start");

        _plane.Time.Advance(TimeSpan.FromSeconds(1));
        await _plane.UntilAsync(async () => !await _plane.IsReadyAsync("a"), "a whole lease has passed");
    }

    [Fact]
    public async Task Leave_ReadyIsFalseBeforeTheAnswer()
    {
        var agent = await _plane.StartClusterAsync("a", "us");

        await agent.SendAsync(agent.Leave());

        (await _plane.ReadClusterAsync("a"))!.Status.Conditions.Find(ClusterConditions.Ready)!
            .ShouldSatisfyAllConditions(ready => ready.Status.ShouldBe(ConditionStatus.False), ready => ready.Reason.ShouldBe("AgentLeft"));
    }

    [Theory]
    [InlineData("DiskFull", ConditionStatus.True)]
    [InlineData("EngineUnavailable", ConditionStatus.False)]
    public async Task Report_EngineProblem_ConditionSaysSoAndGoesAway(string problem, ConditionStatus ready)
    {
        var agent = await _plane.StartClusterAsync("a", "us");

        agent.EngineProblem = problem;
        await _plane.UntilAsync(async () => await ReasonAsync() == problem, "the problem is shown", agent);
        (await _plane.ReadClusterAsync("a"))!.Status.Conditions.Find(ClusterConditions.Ready)!.Status.ShouldBe(ready);

        agent.EngineProblem = null;
        await _plane.UntilAsync(async () => await _plane.IsReadyAsync("a") && await ReasonAsync() == "EngineHealthy", "the problem is over", agent);

        async Task<string?> ReasonAsync() => (await _plane.ReadClusterAsync("a"))!.Status.Conditions.Find(ClusterConditions.EngineFailing)?.Reason;
    }

    [Fact]
    public async Task Delete_Cluster_ItsCredentialGoesToo()
    {
        await _plane.StartClusterAsync("a", "us");
        var credential = await _plane.CreateAsync(new Credential
        {
            Metadata = new ObjectMeta { Name = "agent-a" },
            Spec = new CredentialSpec { Role = CredentialRole.Agent, Cluster = "a", Subject = "agent:a", TokenHash = new string('a', 64) },
        });
        await _plane.Cache.WaitForRevisionAsync(credential.Revision()!.Value, CancellationToken.None);

        await _plane.DeleteAsync((await _plane.ReadClusterAsync("a"))!.Key);

        await _plane.UntilAsync(async () => await _plane.ReadClusterAsync("a") is null, "the cluster is gone");
        (await _plane.ReadAsync<Credential>(credential.Key)).ShouldBeNull();
    }

    private static Pod PodOf(string name) => new() { Metadata = new ObjectMeta { Name = name, Namespace = "default" } };

    private sealed class PodListener : IClusterObserver
    {
        public ConcurrentQueue<PodDelta> Heard { get; } = [];

        public Task PodsChangedAsync(PodDelta delta)
        {
            Heard.Enqueue(delta);
            return Task.CompletedTask;
        }
    }
}
