using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Meta;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Daemons;
using Federation.Domain.Works;
using Xunit.Abstractions;

namespace Federation.Domain.Tests.Scheduling.Daemons;

public sealed class DaemonPlannerTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Plan_ClustersAndMachinesComeAndGo_ConvergedMeansEachRunsItsMachines(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 80; world++)
        {
            var machines = new Dictionary<string, int>();
            var clusters = new Dictionary<string, ClusterSnapshot>();
            var daemon = Daemon(random.Next(2) == 0 ? [] : ["r0"]);
            for (var step = 0; step < 20; step++)
            {
                var name = $"c{random.Next(5)}";
                var isReady = random.Next(4) > 0;
                clusters[name] = Cluster(name, $"r{random.Next(2)}", isReady);
                machines[name] = random.Next(0, 5);
                PlacementPlan<DaemonStatus>? plan = null;
                for (var round = 0; round < 6 && plan is not { IsEmpty: true }; round++)
                {
                    daemon = Report(daemon, clusters, machines);
                    plan = Plan(daemon, clusters);
                    plan.Actions.ShouldBeEmpty("a daemon reserves nothing");
                    daemon = daemon with { Status = plan.NextStatus, Metadata = daemon.Metadata with { ResourceVersion = $"{100 + step}" } };
                }

                plan!.IsEmpty.ShouldBeTrue("it settles");
                Check(daemon, plan, clusters, machines);
            }
        }
    }

    [Fact]
    public void Plan_ClusterAwayForHours_KeepsItsShareAndIsDueNever()
    {
        var clusters = new Dictionary<string, ClusterSnapshot> { ["a"] = Cluster("a", "r0", isReady: true) };
        var daemon = Daemon([]);
        daemon = Report(daemon with { Status = Plan(daemon, clusters).NextStatus }, clusters, new() { ["a"] = 3 });
        daemon = daemon with { Status = Plan(daemon, clusters).NextStatus };

        clusters["a"] = Cluster("a", "r0", isReady: false);
        var plan = DaemonPlanner.Plan(daemon, new PlacementObserved(TestApps.Start.AddHours(9), [clusters["a"]]));

        plan.DueAt.ShouldBeNull();
        plan.NextStatus.Clusters.ShouldHaveSingleItem().ShouldSatisfyAllConditions(share => share.Phase.ShouldBe(SharePhase.Active), share => share.Replicas.ShouldBe(3));
        plan.NextStatus.Desired.ShouldBe(0);
    }

    [Fact]
    public void Plan_ServesByNameAndIsNotWantedThereAnyMore_StaysUntilResolversForgetIt()
    {
        var clusters = new Dictionary<string, ClusterSnapshot> { ["a"] = Cluster("a", "r0", isReady: true) };
        var daemon = Daemon([]);
        daemon = daemon with { Spec = daemon.Spec with { Expose = [new ExposeSpec { Port = 53 }] } };
        daemon = Report(daemon with { Status = Plan(daemon, clusters).NextStatus }, clusters, new() { ["a"] = 3 });
        daemon = daemon with { Spec = daemon.Spec with { Placement = new DaemonPlacement { Regions = ["elsewhere"] } } };

        var plan = Plan(daemon, clusters);

        plan.NextStatus.Clusters.ShouldHaveSingleItem().Phase.ShouldBe(SharePhase.Leaving);
        plan.DueAt.ShouldBe(TestApps.Start.AddSeconds(6));
        var later = DaemonPlanner.Plan(daemon with { Status = plan.NextStatus }, new PlacementObserved(TestApps.Start.AddSeconds(6), [clusters["a"]]));
        (later.NextStatus.Clusters.ShouldHaveSingleItem().Phase, later.DueAt).ShouldBe((SharePhase.Withdrawing, null));
    }

    [Fact]
    public void Render_Daemon_AsksForOnePodOnEachMachine()
    {
        var clusters = new Dictionary<string, ClusterSnapshot> { ["a"] = Cluster("a", "r0", isReady: true) };
        var daemon = Daemon([]);
        daemon = daemon with { Status = Plan(daemon, clusters).NextStatus };

        WorkRenderer.Render(daemon, "a").ShouldBeOfType<WorkRendering.Run>().Work.ShouldSatisfyAllConditions(
            work => work.Mode.ShouldBe(WorkMode.PerNode), work => work.Replicas.ShouldBe(0), work => work.Kind.ShouldBe("Daemon"));
    }

    private static void Check(Daemon daemon, PlacementPlan<DaemonStatus> plan, Dictionary<string, ClusterSnapshot> clusters, Dictionary<string, int> machines)
    {
        foreach (var cluster in clusters.Values)
        {
            var share = daemon.Status.Clusters.FirstOrDefault(share => share.Cluster == cluster.Name);
            var matches = daemon.Spec.Placement.Regions.Count == 0 || daemon.Spec.Placement.Regions.Contains(cluster.Region);
            if (cluster.IsReady)
                (share is { Phase: SharePhase.Active }).ShouldBe(matches, $"{cluster.Name} takes part if it matches");
            if (cluster.IsReady && matches)
                (share!.Replicas, share.Running).ShouldBe((machines[cluster.Name], machines[cluster.Name]));
        }

        plan.NextStatus.Desired.ShouldBe(clusters.Values.Where(cluster => cluster.IsReady && daemon.Status.Clusters.Any(share => share.Cluster == cluster.Name && share.Phase == SharePhase.Active)).Sum(cluster => machines[cluster.Name]));
        if (plan.IsConverged)
            (plan.NextStatus.Ready, plan.NextStatus.Running).ShouldBe((plan.NextStatus.Desired, plan.NextStatus.Desired));
    }

    private static PlacementPlan<DaemonStatus> Plan(Daemon daemon, Dictionary<string, ClusterSnapshot> clusters) =>
        DaemonPlanner.Plan(daemon, new PlacementObserved(TestApps.Start, [.. clusters.Values.OrderBy(cluster => cluster.Name, StringComparer.Ordinal)]));

    /// <summary>Every Ready cluster does what it is asked and says so.</summary>
    private static Daemon Report(Daemon daemon, Dictionary<string, ClusterSnapshot> clusters, Dictionary<string, int> machines)
    {
        var hash = TemplateHash.Of(daemon.Spec.Template);
        foreach (var share in daemon.Status.Clusters.Where(share => clusters[share.Cluster].IsReady).ToList())
        {
            var count = share.Phase == SharePhase.Active ? machines[share.Cluster] : 0;
            var report = new WorkStatus
            {
                Uid = "uid-1",
                Kind = "Daemon",
                Revision = long.MaxValue,
                TemplateHash = hash,
                Desired = count,
                Running = count,
                Ready = count,
                Updated = count,
                Gone = share.Phase == SharePhase.Withdrawing,
            };
            var shares = ObservationMerger.Merge(daemon.Shares, share.Cluster, share.Region, report, TestApps.Start);
            daemon = (Daemon)daemon.WithShares(ObservationMerger.MergeMachines(shares, share.Cluster, report));
        }

        return daemon;
    }

    private static Daemon Daemon(string[] regions) => (Daemon)Kinds.Daemon.Default(new Daemon
    {
        Metadata = new ObjectMeta { Name = "logs", Namespace = "shop", Uid = "uid-1", Generation = 1, ResourceVersion = "10", Finalizers = [FinalizerNames.Works] },
        Spec = new DaemonSpec
        {
            Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "main", Image = "logs:1" }] } },
            Placement = new DaemonPlacement { Regions = regions },
        },
    });

    private static ClusterSnapshot Cluster(string name, string region, bool isReady) => new()
    {
        Name = name,
        Region = region,
        Ready = isReady ? ConditionStatus.True : ConditionStatus.Unknown,
        NotReadySince = isReady ? null : TestApps.Start.AddHours(-1),
        Free = new ResourceAmounts(0, 0, 0),
    };
}
