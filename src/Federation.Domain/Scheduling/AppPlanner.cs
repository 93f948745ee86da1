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
    public static PlacementPlan<AppStatus> Plan(App app, PlacementObserved observed)
    {
        var clusters = observed.SortedClusters();
        app = (App)PlacedShares.Sorted(app);
        return app.IsDeleting ? PlanDeletion(app, clusters, observed.Now) : PlanPlacement(app, clusters, observed.Now);
    }

    private static PlacementPlan<AppStatus> PlanDeletion(App app, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var deletion = DeletionPlan.Of(app, clusters, now);
        var next = StatusPlanner.PlanDeletion(app, deletion, now);
        return deletion.ToPlan(app.Status, next, AppStatusEquality.AreEqual(app.Status, next));
    }

    private static PlacementPlan<AppStatus> PlanPlacement(App app, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var pod = ResourceAmounts.OfPod(app.Spec.Template);
        var placement = PlacementPlanner.Place(new PlacementInput(
            Math.Max(0, app.Spec.Replicas ?? 1), pod, app.Spec.Placement, clusters, app.Status.Clusters, now));
        var shares = SharePlanner.Plan(app, placement, clusters, now);
        var next = StatusPlanner.Plan(app, placement, shares, clusters, now);
        var actions = Reservations.Plan(app, app.Status.ObservedGeneration, placement, clusters, shares.Next);

        var isEmpty = actions.IsEmpty && AppStatusEquality.AreEqual(app.Status, next);
        return new PlacementPlan<AppStatus>(
            actions,
            isEmpty ? app.Status : next,
            shares.LeavesAt < shares.DueAt ? shares.LeavesAt : shares.DueAt ?? shares.LeavesAt,
            isEmpty,
            IsConverged: isEmpty && placement.Unplaced == 0 && shares.DueAt is null && next.Conditions.IsTrue(AppConditions.Converged));
    }
}
