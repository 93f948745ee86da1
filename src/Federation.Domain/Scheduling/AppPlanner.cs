using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling;

/// <summary>Plans an app: which clusters run how much of it, what must be done for that, and what its status says then.</summary>
/// <remarks>Pure and total: equal inputs give an equal plan, and every input gives one. The tests rest on both.</remarks>
public static class AppPlanner
{
    /// <param name="app">As stored, with its revision in <c>metadata.resourceVersion</c> and the reports folded into its status.</param>
    public static AppPlan Plan(App app, AppObserved observed)
    {
        var clusters = observed.SortedClusters();
        app = WithSortedShares(app);
        return app.IsDeleting ? DeletionPlanner.Plan(app, clusters, observed.Now) : PlanPlacement(app, clusters, observed.Now);
    }

    private static AppPlan PlanPlacement(App app, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var pod = ResourceAmounts.OfPod(app.Spec.Template);
        var placement = PlacementPlanner.Place(new PlacementInput(
            Math.Max(0, app.Spec.Replicas ?? 1), pod, app.Spec.Placement, clusters, app.Status.Clusters, now));
        var shares = SharePlanner.Plan(app, placement, clusters, now);
        var next = StatusPlanner.Plan(app, placement, shares, clusters, now);
        var actions = Reservations(app, placement, clusters, shares.Next, pod);

        var isEmpty = actions.IsEmpty && AppStatusEquality.AreEqual(app.Status, next);
        return new AppPlan(
            actions,
            isEmpty ? app.Status : next,
            shares.DueAt,
            isEmpty,
            IsConverged: isEmpty && placement.Unplaced == 0 && shares.DueAt is null && next.Conditions.IsTrue(AppConditions.Converged));
    }

    /// <summary>Capacity is held before a share is given, and given back after it was taken.</summary>
    private static ImmutableArray<AppAction> Reservations(
        App app, Placement placement, ImmutableArray<ClusterSnapshot> clusters, IReadOnlyList<ClusterShare> next, ResourceAmounts pod)
    {
        var reserve = new List<AppAction>();
        var release = new List<AppAction>();
        var isNewSpec = app.Metadata.Generation != app.Status.ObservedGeneration;
        var before = app.Status.Clusters.Where(share => share.Phase == SharePhase.Active).ToDictionary(share => share.Cluster, share => share.Replicas);
        foreach (var (cluster, replicas) in placement.Targets)
        {
            var held = cluster.Reserved ?? before.GetValueOrDefault(cluster.Name);
            // A new spec may make each pod larger.
            if (replicas > held || (isNewSpec && cluster.IsReady))
                reserve.Add(new AppAction.Reserve(cluster.Name, replicas, pod));
            else if (replicas < held)
                release.Add(new AppAction.Release(cluster.Name, replicas, pod));
        }

        // What a cluster without a share still holds is given back. Shares that are going away keep theirs: their pods still run.
        foreach (var cluster in clusters)
        {
            if (cluster.Reserved > 0 && !next.Any(share => share.Cluster == cluster.Name))
                release.Add(new AppAction.Release(cluster.Name, 0, pod));
        }

        return [.. reserve, .. release];
    }

    private static App WithSortedShares(App app)
    {
        var shares = app.Status.Clusters;
        for (var i = 1; i < shares.Count; i++)
        {
            if (string.CompareOrdinal(shares[i - 1].Cluster, shares[i].Cluster) >= 0)
                return app with { Status = app.Status with { Clusters = [.. shares.DistinctBy(share => share.Cluster).OrderBy(share => share.Cluster, StringComparer.Ordinal)] } };
        }

        return app;
    }
}
