using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Quantities;
using Federation.Api.Selectors;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Bench;

/// <summary>One thing to measure; returns the replicas it placed, so that nobody mistakes doing nothing for being fast.</summary>
internal sealed record Scenario(string Name, Func<int> Run)
{
    private const int Replicas = 100;

    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Scenario> All(int clusters)
    {
        var open = Fleet(clusters, mixed: false);
        var mixed = Fleet(clusters, mixed: true);
        yield return new Scenario("place, every cluster feasible", () => Place(App(DivideMode.Weighted), open));
        yield return new Scenario("place, every filter and spread at work", () => Place(Demanding(), mixed));
        yield return new Scenario("place by free capacity", () => Place(App(DivideMode.Capacity), open));
        yield return new Scenario("place, nothing fits, hints", () => Place(App(DivideMode.Weighted, "900"), mixed));

        var placed = Execute(App(DivideMode.Weighted), open);
        yield return new Scenario("whole plan of a new app", () => Plan(App(DivideMode.Weighted), open));
        yield return new Scenario("whole plan, nothing changed", () => Plan(placed, open));
        yield return new Scenario("whole plan, one cluster lost", () => Plan(placed, Lose(open, placed.Status.Clusters[0].Cluster)));
    }

    private static int Place(App app, ImmutableArray<ClusterSnapshot> clusters)
    {
        var placement = PlacementPlanner.Place(new PlacementInput(
            Replicas, ResourceAmounts.OfPod(app.Spec.Template), app.Spec.Placement, clusters, app.Status.Clusters, Now));
        return Replicas - placement.Unplaced;
    }

    private static int Plan(App app, ImmutableArray<ClusterSnapshot> clusters) => AppPlanner.Plan(app, new PlacementObserved(Now, clusters)).NextStatus.Replicas;

    private static App Execute(App app, ImmutableArray<ClusterSnapshot> clusters) =>
        app with { Status = AppPlanner.Plan(app, new PlacementObserved(Now, clusters)).NextStatus };

    private static ImmutableArray<ClusterSnapshot> Lose(ImmutableArray<ClusterSnapshot> clusters, string name) =>
        [.. clusters.Select(cluster => cluster.Name == name ? cluster with { Ready = ConditionStatus.Unknown, NotReadySince = Now.AddMinutes(-1) } : cluster)];

    private static ImmutableArray<ClusterSnapshot> Fleet(int count, bool mixed) => [.. Enumerable.Range(0, count).Select(i => new ClusterSnapshot
    {
        Name = $"cluster-{i:0000}",
        Region = $"region-{i % 10}",
        Zone = $"zone-{i % 30}",
        Labels = new Dictionary<string, string> { ["tier"] = mixed && i % 7 == 0 ? "dev" : "prod", ["provider"] = "p" },
        Ready = mixed && i % 5 == 1 ? ConditionStatus.Unknown : ConditionStatus.True,
        NotReadySince = mixed && i % 5 == 1 ? Now.AddHours(-1) : null,
        BlockingTaint = mixed && i % 11 == 2 ? "spot=true:NoSchedule" : null,
        Free = new ResourceAmounts(mixed && i % 3 == 0 ? 50 : 8_000 + (i * 37 % 4_000), 64L << 30, 110),
    })];

    private static App Demanding()
    {
        var app = App(DivideMode.Weighted);
        return app with
        {
            Spec = app.Spec with
            {
                Placement = app.Spec.Placement with
                {
                    Clusters = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["tier"] = "prod" }, MatchExpressions = [new LabelRequirement { Key = "provider", Operator = LabelOperator.Exists }] },
                    Regions = [.. Enumerable.Range(0, 8).Select(i => $"region-{i}")],
                    Spread = [new SpreadConstraint { By = SpreadTopology.Region, Min = 2, Max = 6 }],
                    Divide = new DivideSpec { Mode = DivideMode.Weighted, Weights = [.. Enumerable.Range(0, 8).Select(i => new DivideWeight { Region = $"region-{i}", Weight = i + 1 })] },
                },
            },
        };
    }

    private static App App(DivideMode mode, string cpu = "100m") => (App)Kinds.App.Default(new App
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "shop", Uid = "1", Generation = 1, ResourceVersion = "1" },
        Spec = new AppSpec
        {
            Replicas = Replicas,
            Template = new PodTemplate
            {
                Spec = new PodSpec
                {
                    Containers = [new ContainerSpec { Name = "web", Image = "web:1", Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(cpu), ["memory"] = Quantity.Parse("64Mi") } } }],
                },
            },
            Placement = new PlacementSpec { Divide = new DivideSpec { Mode = mode } },
        },
    });
}
