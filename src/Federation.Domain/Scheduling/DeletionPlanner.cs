using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.Works;

namespace Federation.Domain.Scheduling;

/// <summary>Plans the end of an app: clusters that can be asked remove it and confirm; the others find a tombstone when they are back.</summary>
/// <remarks>A dead cluster therefore never holds a deletion up, and a cluster that returns never keeps what was deleted.</remarks>
internal static class DeletionPlanner
{
    public static AppPlan Plan(App app, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var byName = clusters.ToDictionary(cluster => cluster.Name);
        var shares = new List<ClusterShare>();
        var actions = ImmutableArray.CreateBuilder<AppAction>();
        foreach (var share in app.Status.Clusters)
        {
            if (!byName.TryGetValue(share.Cluster, out var cluster))
                continue;
            if (cluster.IsReady)
                shares.Add(SharePlanner.Withdraw(share, app.Revision(), now));
            else
                actions.Add(new AppAction.Bury(share.Cluster, WorkRenderer.TombstoneOf(app, "Deleted")));
        }

        if (shares.Count == 0 && app.Metadata.Finalizers.Contains(FinalizerNames.Works))
            actions.Add(new AppAction.RemoveFinalizer());

        var next = StatusPlanner.PlanDeletion(app, shares, byName, now);
        var isEmpty = actions.Count == 0 && AppStatusEquality.AreEqual(app.Status, next);
        return new AppPlan(actions.ToImmutable(), isEmpty ? app.Status : next, DueAt: null, isEmpty, IsConverged: isEmpty && shares.Count == 0);
    }
}
