using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Tests.Scheduling;

/// <summary>A handful of clusters, and an app that is planned on them and whose plans are carried out at once.</summary>
internal sealed class Fleet
{
    private readonly Dictionary<string, ClusterSnapshot> _clusters = [];
    private long _revision = 10;

    public Fleet(App app, params ClusterSnapshot[] clusters)
    {
        App = app;
        foreach (var cluster in clusters)
            Set(cluster);
    }

    public App App { get; private set; }

    public DateTimeOffset Now { get; private set; } = TestApps.Start;

    /// <summary>Every plan that was carried out.</summary>
    public List<PlacementPlan<AppStatus>> Plans { get; } = [];

    public ClusterSnapshot this[string name] => _clusters[name];

    public IEnumerable<ClusterSnapshot> Clusters => _clusters.Values;

    public static ClusterSnapshot Cluster(string name, string region = "r", long cpu = 10_000, string? zone = null) => new()
    {
        Name = name,
        Region = region,
        Zone = zone,
        Ready = ConditionStatus.True,
        Free = new ResourceAmounts(cpu, ResourceAmounts.Unlimited, 110),
    };

    public void Set(ClusterSnapshot cluster) => _clusters[cluster.Name] = cluster;

    public void Remove(string name) => _clusters.Remove(name);

    public void Lose(string name) => Set(this[name] with { Ready = ConditionStatus.Unknown, NotReadySince = Now });

    public void Return(string name) => Set(this[name] with { Ready = ConditionStatus.True, NotReadySince = null });

    public void Wait(TimeSpan time) => Now += time;

    public void Change(Func<AppSpec, AppSpec> change) => App = App with
    {
        Spec = change(App.Spec),
        Metadata = App.Metadata with { Generation = App.Metadata.Generation + 1, ResourceVersion = $"{++_revision}" },
    };

    public void Delete() => App = App.Deleting();

    public PlacementPlan<AppStatus> Plan() => AppPlanner.Plan(App, new PlacementObserved(Now, [.. _clusters.Values.OrderBy(cluster => cluster.Name, StringComparer.Ordinal)]));

    public PlacementPlan<AppStatus> Execute()
    {
        var plan = Plan();
        Plans.Add(plan);
        App = App with { Status = plan.NextStatus, Metadata = App.Metadata with { ResourceVersion = $"{++_revision}" } };
        if (plan.Actions.OfType<PlacementAction.RemoveFinalizer>().Any())
            App = App with { Metadata = App.Metadata with { Finalizers = [] } };
        return plan;
    }

    /// <summary>Every Ready cluster does what it is asked and says so.</summary>
    public void Report()
    {
        var hash = TemplateHash.Of(App.Spec.Template);
        var shares = App.Status.Clusters
            .Where(share => !(share.Phase == SharePhase.Withdrawing && IsReady(share)))
            .Select(share => share.Phase is SharePhase.Active or SharePhase.Leaving && IsReady(share)
                ? share with { Running = share.Replicas, Ready = share.Replicas, Updated = share.Replicas, TemplateHash = hash }
                : share);
        App = App with { Status = App.Status with { Clusters = [.. shares] } };
    }

    /// <summary>A cluster reports something else.</summary>
    public void Says(string cluster, Func<ClusterShare, ClusterShare> change) =>
        App = App with { Status = App.Status with { Clusters = [.. App.Status.Clusters.Select(share => share.Cluster == cluster ? change(share) : share)] } };

    /// <summary>Plans, executes and reports until nothing is left to do; resolvers have forgotten then what names no longer say.</summary>
    public PlacementPlan<AppStatus> Settle(int mostRounds = 8)
    {
        for (var round = 0; round < mostRounds; round++)
        {
            if (Execute().IsEmpty)
            {
                if (App.Status.Clusters.Max(share => share.LeavesAt) is not { } leavesAt)
                    return Plans[^1];
                Now = leavesAt;
            }

            Report();
        }

        throw new InvalidOperationException($"Still {string.Join(", ", Plans[^1].Actions)} after {mostRounds} rounds: {Text()}");
    }

    public int Replicas(string cluster) => App.Status.Clusters.FirstOrDefault(share => share.Cluster == cluster)?.Replicas ?? 0;

    public SharePhase? Phase(string cluster) => App.Status.Clusters.FirstOrDefault(share => share.Cluster == cluster)?.Phase;

    public Condition Condition(string type) => App.Status.Conditions.Find(type) ?? throw new InvalidOperationException($"No {type}.");

    /// <summary>The Active shares, such as <c>a=3 b=2</c>.</summary>
    public string Text() => string.Join(' ', App.Status.Clusters.Select(share => share.Phase == SharePhase.Active ? $"{share.Cluster}={share.Replicas}" : $"{share.Cluster}:{share.Phase}"));

    private bool IsReady(ClusterShare share) => _clusters.TryGetValue(share.Cluster, out var cluster) && cluster.IsReady;
}
