using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.DnsRecords;
using Federation.Grains.Placements;

namespace Federation.Grains.Reconciling;

/// <summary>Says whose plan a change may change.</summary>
/// <remarks>
/// | change of a cluster, or a zone                         | concerned                                              |
/// |--------------------------------------------------------|--------------------------------------------------------|
/// | no longer ready, unschedulable, deleted                | what is placed there, what waits for room              |
/// | created, ready again, schedulable, labels, region, …   | those, and what may run there and does not             |
/// | more capacity                                          | what waits for room                                    |
/// | fenced, or not any more                                | pets that are there                                    |
/// | a Zone lets others have names of it                    | those that list a whole name in it                     |
/// | anything else (heartbeats, sums, versions)             | nobody                                                 |
/// </remarks>
internal sealed class ChangeTriggers(PlacementIndex placements)
{
    /// <param name="before">Null: the cluster is new.</param>
    /// <param name="after">Null: the cluster is gone.</param>
    public IEnumerable<ObjectKey> OfCluster(Cluster? before, Cluster? after)
    {
        var name = (after ?? before)!.Metadata.Name;
        if (Facts(before) != Facts(after))
        {
            var concerned = placements.AppsOn(name).Select(app => app.Key).Concat(placements.Short());
            return after is not null && TakesWork(after)
                ? concerned.Concat(placements.All().Where(app => app.MayRunOn(after) && app.ShareOn(name) is null).Select(app => app.Key))
                : concerned;
        }

        if (after is null || before is null)
            return [];
        var waiting = HasGrown(before, after) ? placements.Short() : [];
        return IsFenced(before) == IsFenced(after) ? waiting : waiting.Concat(placements.AppsOn(name).Select(app => app.Key).Where(key => key.Kind == PetSet.KindName));
    }

    /// <summary>A zone lets other namespaces have its names: whoever lists one of them says in its status whether it gets it.</summary>
    /// <param name="before">Null: there was none.</param>
    /// <param name="after">Null: there is none any more.</param>
    public IEnumerable<ObjectKey> OfZone(HostZone? before, HostZone? after)
    {
        if (HostZone.AreSame(before, after))
            return [];
        string[] zones = [.. new[] { before, after }.OfType<HostZone>().Select(zone => zone.Apex)];
        return placements.Named().Where(app => app.Hosts.Any(host => zones.Any(zone => HostGrants.IsIn(host, zone)))).Select(app => app.Key);
    }

    /// <summary>What takes less leaves room for those that wait.</summary>
    public IEnumerable<ObjectKey> OfPlaced(PlacedObject? before, PlacedObject? after)
    {
        if (before is null)
            return [];
        var hasShrunk = before.Shares.Any(share => share.Replicas > (after?.ShareOn(share.Cluster)?.Replicas ?? 0));
        return hasShrunk ? placements.Short().Where(key => key != before.Key) : [];
    }

    /// <summary>Everything about a cluster that filters and scores look at, but for its amounts.</summary>
    private static string Facts(Cluster? cluster)
    {
        if (cluster is null)
            return "";
        var ready = cluster.Status.Conditions.Find(ClusterConditions.Ready)?.Status;
        var identity = cluster with
        {
            Status = new ClusterStatus(),
            Metadata = new ObjectMeta { Name = cluster.Metadata.Name, Uid = cluster.Metadata.Uid, Labels = Sorted(cluster.Metadata.Labels) },
        };
        return $"{ready} {cluster.IsDeleting} {System.Text.Encoding.UTF8.GetString(ApiJson.Write(identity))}";
    }

    private static SortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string> labels) => new(labels.ToDictionary(), StringComparer.Ordinal);

    private static bool TakesWork(Cluster cluster) =>
        !cluster.IsDeleting && !cluster.Spec.Unschedulable && cluster.Status.Conditions.IsTrue(ClusterConditions.Ready);

    private static bool IsFenced(Cluster cluster) => cluster.Status.Conditions.IsTrue(ClusterConditions.Fenced);

    private static bool HasGrown(Cluster before, Cluster after) =>
        after.Status.Capacity.Any(amount => !before.Status.Capacity.TryGetValue(amount.Key, out var was) || amount.Value > was);
}
