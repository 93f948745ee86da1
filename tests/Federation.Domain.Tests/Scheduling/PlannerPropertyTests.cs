using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Domain.Scheduling;
using Xunit.Abstractions;

namespace Federation.Domain.Tests.Scheduling;

public sealed class PlannerPropertyTests(ITestOutputHelper output)
{
    private static readonly string[] Regions = ["ap", "eu", "us"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20_261_122)]
    public void Plan_AnyHistory_IsDeterministicSafeAndConverges(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 60; world++)
        {
            var fleet = new Fleet(RandomApp(random), [.. Enumerable.Range(0, random.Next(0, 9)).Select(i => RandomCluster(random, i))]);
            for (var step = 0; step < 6; step++)
            {
                var before = fleet.App;
                var plan = fleet.Plan();
                Text(fleet.Plan()).ShouldBe(Text(plan), "deterministic");
                CheckSafety(before, plan, fleet);

                var settled = fleet.Settle();
                CheckSettled(fleet, settled);
                Disturb(fleet, random);
            }

            fleet.Delete();
            fleet.Settle();
            fleet.App.Metadata.Finalizers.ShouldBeEmpty("a deletion ends");
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void Plan_OneClusterLost_TakesNothingFromTheOthers(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 150; world++)
        {
            var clusters = Enumerable.Range(0, random.Next(2, 9)).Select(i => Fleet.Cluster($"c{i}", Regions[random.Next(3)], cpu: random.Next(0, 3_000))).ToArray();
            var app = RandomApp(random);
            app = app with { Spec = app.Spec with { Placement = app.Spec.Placement with { Spread = [], Clusters = null, Regions = [] } } };
            // A region's weight is shared anew when one of its clusters drops out; weights by cluster stay what they are.
            if (app.Spec.Placement.Divide!.Weights.Count > 0)
                app = app with { Spec = app.Spec with { Placement = app.Spec.Placement with { Divide = new DivideSpec { Mode = DivideMode.Weighted, Weights = [.. clusters.Select(c => new DivideWeight { Cluster = c.Name, Weight = random.Next(1, 9) })] } } } };
            var fleet = new Fleet(app, clusters);
            fleet.Settle();
            var before = fleet.App.Status.Clusters.ToDictionary(share => share.Cluster, share => share.Replicas);
            var lost = $"c{random.Next(clusters.Length)}";
            fleet.Lose(lost);
            fleet.Wait(TimeSpan.FromMinutes(1));
            fleet.Execute();

            foreach (var (cluster, replicas) in before.Where(entry => entry.Key != lost))
                fleet.Replicas(cluster).ShouldBeGreaterThanOrEqualTo(replicas, $"{cluster} after {lost} was lost: {fleet.Text()}");
        }
    }

    private static void CheckSafety(App before, PlacementPlan<AppStatus> plan, Fleet fleet)
    {
        var shares = plan.NextStatus.Clusters;
        shares.Select(share => share.Cluster).ShouldBe(shares.Select(share => share.Cluster).Order(StringComparer.Ordinal).Distinct());
        var wanted = before.Spec.Placement.Divide!.Mode == DivideMode.Duplicate ? before.Spec.Replicas!.Value * Math.Max(1, fleet.Clusters.Count()) : before.Spec.Replicas!.Value;
        var placed = shares.Where(share => share.Phase == SharePhase.Active).Sum(share => share.Replicas);
        (placed + plan.NextStatus.Placement!.Unplaced).ShouldBeLessThanOrEqualTo(wanted);
        if (before.Spec.Placement.Divide.Mode != DivideMode.Duplicate)
            (placed + plan.NextStatus.Placement.Unplaced).ShouldBe(before.Spec.Replicas!.Value);

        var pod = ResourceAmounts.OfPod(before.Spec.Template);
        foreach (var share in shares)
        {
            var cluster = fleet[share.Cluster];
            var old = before.Status.Clusters.FirstOrDefault(candidate => candidate.Cluster == share.Cluster);
            (share.Phase is SharePhase.Active or SharePhase.Leaving).ShouldBe(share.Replicas > 0, "only Active and Leaving shares have replicas, and none is empty");
            if (!cluster.IsReady || share.Phase == SharePhase.Leaving)
                share.Replicas.ShouldBeLessThanOrEqualTo(old?.Replicas ?? 0, "a cluster that is away or is to leave gets nothing new");
            else
                share.Replicas.ShouldBeLessThanOrEqualTo(cluster.Free.Fit(pod), "never over capacity");
            if (share.Phase == SharePhase.Withdrawing && old?.Phase != SharePhase.Withdrawing)
                cluster.IsReady.ShouldBeTrue("nothing is withdrawn unheard");
        }

        foreach (var reserve in plan.Actions.OfType<PlacementAction.Reserve>())
            shares.Single(share => share.Cluster == reserve.Cluster).Replicas.ShouldBe(reserve.Replicas);
        var granted = plan.Actions.OfType<PlacementAction.Reserve>().Select(reserve => reserve.Cluster).ToHashSet();
        foreach (var share in shares.Where(share => share.Replicas > (before.Status.Clusters.FirstOrDefault(old => old.Cluster == share.Cluster && old.Phase is SharePhase.Active or SharePhase.Leaving)?.Replicas ?? 0)))
            granted.ShouldContain(share.Cluster, "no share grows without a reservation");
    }

    private static void CheckSettled(Fleet fleet, PlacementPlan<AppStatus> settled)
    {
        settled.Actions.ShouldBeEmpty();
        fleet.Plan().IsEmpty.ShouldBeTrue("an unchanged world needs no second look");
        var shares = fleet.App.Status.Clusters;
        var allHeard = shares.All(share => fleet[share.Cluster].IsReady);
        settled.IsConverged.ShouldBe(allHeard && fleet.App.Status.Placement!.Unplaced == 0, fleet.Text());
        if (!settled.IsConverged)
            return;
        fleet.App.Status.ReadyReplicas.ShouldBe(shares.Sum(share => share.Replicas));
        shares.ShouldAllBe(share => share.Phase == SharePhase.Active && share.Running == share.Replicas);
        fleet.Condition(AppConditions.Placed).Status.ShouldBe(ConditionStatus.True);
    }

    private static void Disturb(Fleet fleet, Random random)
    {
        fleet.Wait(TimeSpan.FromSeconds(random.Next(0, 15)));
        var names = fleet.Clusters.Select(cluster => cluster.Name).ToList();
        var name = names.Count == 0 ? null : names[random.Next(names.Count)];
        switch (random.Next(9))
        {
            case 0 when name is not null:
            case 1 when name is not null:
                if (fleet[name].IsReady)
                    fleet.Lose(name);
                break;
            case 2 when name is not null:
            case 3 when name is not null:
                fleet.Return(name);
                break;
            case 4 when name is not null:
                fleet.Remove(name);
                break;
            case 5 when name is not null:
                fleet.Set(fleet[name] with { Free = new ResourceAmounts(random.Next(0, 2_000), ResourceAmounts.Unlimited, 110), Unschedulable = random.Next(3) == 0 });
                break;
            case 6:
                fleet.Change(spec => spec with { Replicas = random.Next(0, 30) });
                break;
            case 7:
                fleet.Change(_ => RandomApp(random).Spec);
                break;
            default:
                fleet.Set(RandomCluster(random, random.Next(0, 12)));
                break;
        }
    }

    private static ClusterSnapshot RandomCluster(Random random, int index) =>
        Fleet.Cluster($"c{index}", Regions[random.Next(3)], random.Next(0, 3_000), random.Next(2) == 0 ? $"z{random.Next(4)}" : null) with
        {
            Labels = new Dictionary<string, string> { ["tier"] = random.Next(3) == 0 ? "dev" : "prod" },
            BlockingTaint = random.Next(8) == 0 ? "spot:NoSchedule" : null,
        };

    private static App RandomApp(Random random)
    {
        var mode = (DivideMode)random.Next(3);
        var placement = new PlacementSpec
        {
            Clusters = random.Next(3) == 0 ? new() { MatchLabels = new Dictionary<string, string> { ["tier"] = "prod" } } : null,
            Regions = random.Next(4) == 0 ? ["eu", "us"] : [],
            Spread = [.. Enumerable.Range(0, random.Next(3)).Select(i => new SpreadConstraint { By = (SpreadTopology)((i + random.Next(2)) % 3), Min = random.Next(1, 4), Max = random.Next(2) == 0 ? random.Next(3, 6) : null })],
            Divide = new DivideSpec
            {
                Mode = mode,
                Weights = mode == DivideMode.Weighted && random.Next(2) == 0
                    ? [.. Regions.Select(region => new DivideWeight { Region = region, Weight = random.Next(0, 5) }), new DivideWeight { Cluster = "c1", Weight = 1 }]
                    : [],
            },
        };
        return TestApps.Web(random.Next(0, 30), random.Next(2) == 0 ? "100m" : "350m", placement);
    }

    private static string Text(PlacementPlan<AppStatus> plan) =>
        $"{string.Join('|', plan.Actions)} {System.Text.Encoding.UTF8.GetString(ApiJson.ToUtf8(plan.NextStatus))} {plan.DueAt} {plan.IsEmpty} {plan.IsConverged}";
}
