using Federation.Api.Apps;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>When a cluster that is not Ready loses its share.</summary>
internal static class Failover
{
    private static readonly TimeSpan DefaultAfter = TimeSpan.FromSeconds(10);

    /// <summary>The moment from which the share moves; null: the cluster is Ready.</summary>
    public static DateTimeOffset? DeadlineOf(ClusterSnapshot cluster, PlacementSpec spec, DateTimeOffset now) => DeadlineOf(cluster, spec.Failover?.After ?? DefaultAfter, now);

    /// <summary>The same with a time that no App sets.</summary>
    public static DateTimeOffset? DeadlineOf(Place place, TimeSpan after, DateTimeOffset now)
    {
        if (place.IsReady)
            return null;
        var since = place.NotReadySince ?? now;
        return after > DateTimeOffset.MaxValue - since ? DateTimeOffset.MaxValue : since + after;
    }

    /// <summary>Whether it is not Ready, but not long enough to lose what it runs.</summary>
    public static bool KeepsItsShare(ClusterSnapshot cluster, PlacementSpec spec, DateTimeOffset now) => DeadlineOf(cluster, spec, now) > now;
}
