using Federation.Api.Apps;
using Federation.Domain.DnsRecords;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling;

/// <summary>When clusters that are to run an object no longer may stop its pods.</summary>
/// <remarks>
/// <code>
/// serves clients by name   ready elsewhere         names lead there   the cluster
/// no                       -                       -                  may go
/// yes                      fewer than placed       yes                stays
/// yes                      as many as placed       no                 stays while a resolver may hold an answer that names it, then may go
/// </code>
/// What found no place elsewhere is not waited for: nobody could say when there will be one. A Daemon's pods have no replacement, so only resolvers are waited for.
/// </remarks>
internal sealed class Departure
{
    /// <summary>Servers hear of a change within it, and resolvers count a TTL in whole seconds.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    private readonly bool _hasName;
    private readonly bool _isReplaced;
    private readonly TimeSpan _hold;
    private readonly DateTimeOffset _now;

    private Departure(bool hasName, bool isReplaced, TimeSpan hold, DateTimeOffset now) => (_hasName, _isReplaced, _hold, _now) = (hasName, isReplaced, hold, now);

    public static Departure Of(PlacedResource placed, Placement placement, DateTimeOffset now)
    {
        var ready = placed.Shares.ToDictionary(share => share.Cluster, share => share.Ready);
        return new Departure(
            DnsNames.HostOf(placed) is not null,
            placed is not App || placement.Targets.All(target => target.Cluster.IsReady && ready.GetValueOrDefault(target.Cluster.Name) >= target.Replicas),
            NameTtl.HeldFor(placed, now) + Margin,
            now);
    }

    public bool MayGo(ClusterShare share) =>
        !_hasName || share.Ready == 0 || share.Phase is not (SharePhase.Active or SharePhase.Leaving) || (_isReplaced && share.LeavesAt <= _now);

    /// <summary>The share of a cluster that may not go yet.</summary>
    public ClusterShare Delay(ClusterShare share)
    {
        var leaving = share.Phase == SharePhase.Leaving ? share : share with { Phase = SharePhase.Leaving, Since = _now };
        return leaving with { LeavesAt = _isReplaced ? leaving.LeavesAt ?? _now + _hold : null };
    }
}
