using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.Works;

namespace Federation.Domain.Scheduling;

/// <summary>Plans the end of a placed object: clusters that can be asked remove it and confirm; the others find a tombstone when they are back.</summary>
/// <remarks>A dead cluster therefore never holds a deletion up, and a cluster that returns never keeps what was deleted.</remarks>
/// <param name="Shares">Those whose clusters have not confirmed yet.</param>
/// <param name="Ready">The names of those clusters: all of them are Ready.</param>
internal sealed record DeletionPlan(IReadOnlyList<ClusterShare> Shares, HashSet<string> Ready, ImmutableArray<PlacementAction> Actions)
{
    public static DeletionPlan Of(PlacedResource placed, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var byName = clusters.ToDictionary(cluster => cluster.Name);
        var shares = new List<ClusterShare>();
        var actions = ImmutableArray.CreateBuilder<PlacementAction>();
        foreach (var share in placed.Shares)
        {
            if (!byName.TryGetValue(share.Cluster, out var cluster))
                continue;
            if (cluster.IsReady)
                shares.Add(SharePlanner.Withdraw(share, placed.Revision(), now));
            else
                actions.Add(new PlacementAction.Bury(share.Cluster, WorkRenderer.TombstoneOf(placed, "Deleted")));
        }

        if (shares.Count == 0 && placed.Metadata.Finalizers.Contains(FinalizerNames.Works))
            actions.Add(new PlacementAction.RemoveFinalizer());
        return new DeletionPlan(shares, [.. shares.Select(share => share.Cluster)], actions.ToImmutable());
    }

    public PlacementPlan<TStatus> ToPlan<TStatus>(TStatus current, TStatus next, bool isSame)
        where TStatus : class
    {
        var isEmpty = Actions.IsEmpty && isSame;
        return new PlacementPlan<TStatus>(Actions, isEmpty ? current : next, DueAt: null, isEmpty, IsConverged: isEmpty && Shares.Count == 0);
    }
}
