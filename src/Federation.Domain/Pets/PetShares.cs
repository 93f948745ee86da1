using Federation.Api.Apps;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Pets;

/// <summary>The shares of the clusters: what each is asked follows from the pets alone, a share says whether it is asked at all.</summary>
/// <remarks>
/// <code>
/// the cluster        has pets, or some come or leave   its share becomes
/// no longer exists   -                                 dropped
/// any                yes                               Active
/// any                only volumes to be deleted        Active, with none
/// any                no                                Withdrawing, until it confirms; also while it is away: it has to read that before it may run pets again
/// </code>
/// </remarks>
internal static class PetShares
{
    public static IReadOnlyList<ClusterShare> Plan(PetDraft draft, Placement placement)
    {
        var shares = draft.Set.Shares.ToDictionary(share => share.Cluster);
        var targets = placement.Targets.ToDictionary(target => target.Cluster.Name, target => target.Replicas);
        var next = new List<ClusterShare>();
        foreach (var cluster in draft.Clusters)
        {
            var share = shares.GetValueOrDefault(cluster.Name);
            if (targets.TryGetValue(cluster.Name, out var replicas) || draft.Leftovers.Exists(leftover => leftover.Cluster == cluster.Name))
                next.Add(SharePlanner.Activate(share, cluster, replicas, draft.Now));
            else if (share is not null)
                next.Add(SharePlanner.Withdraw(share, draft.Revision, draft.Now));
        }

        return next;
    }
}
