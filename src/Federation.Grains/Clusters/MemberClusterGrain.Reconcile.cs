using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Quantities;
using Federation.Grains.Events;

namespace Federation.Grains.Clusters;

/// <summary>Writing what the reports and the lease say into the Cluster.</summary>
internal sealed partial class MemberClusterGrain
{
    /// <summary>Sums over what is placed here are for people; a write for each app that moves would cost more than it tells.</summary>
    private static readonly TimeSpan SumUpEvery = TimeSpan.FromSeconds(5);

    private DateTimeOffset? _summedUpAt;

    private bool IsReady => Cluster?.Status.Conditions.IsTrue(ClusterConditions.Ready) == true;

    protected override async Task ReconcileObjectAsync(CancellationToken cancellationToken)
    {
        if (Cluster is not { } cluster)
            return;
        if (cluster.IsDeleting)
        {
            await credentials.DeleteAsync(Key.Name, cancellationToken);
            await SaveAsync(WithoutFinalizer(cluster), due: null);
            return;
        }

        // Who has just taken over a cluster with pets counts from here; and the first mark of all tells a restored store from another.
        if (MayRunPets ? !_permission.IsMarked : cluster.Status.PermissionGiver is null)
        {
            await TryMarkAsync(cancellationToken);
            cluster = Cluster!;
        }

        var now = Time.GetUtcNow();
        var buried = cluster.Status.Tombstones.Select(tombstone => tombstone.Uid).ToHashSet();
        var (orphans, found) = _strangers.Judge(_works.All, buried, Context.Cache.Revision, now);
        await DeliverAsync(found.Concat(LetGo()), cancellationToken);
        var isExpired = _lease.IsExpired(LeaseDuration);
        if (!isExpired)
            _leaseTimer?.Change(_lease.Remaining(LeaseDuration), Timeout.InfiniteTimeSpan);
        var (allocated, longestTtl) = SumUp(cluster, now);
        var status = ClusterStatusPlanner.Plan(cluster, new ClusterSigns
        {
            Now = now,
            LastReport = _sequence.IsSynced ? _lease.LastReport : null,
            LeaseExpired = isExpired,
            Leaving = _isLeaving,
            Inventory = _inventory,
            Latencies = _latencies,
            Allocated = allocated,
            LongestTtl = longestTtl,
            Orphans = _sequence.IsSynced ? [.. orphans.Select(Describe)] : null,
            Gone = Confirmed(cluster),
            Stopped = Stopped(cluster),
            Fence = FenceSign,
        });
        await SaveAsync(cluster with { Status = status }, due: null);
        _gone.Clear();
        Tell(cluster, status, orphans);
        // A delivery that failed, or a stranger that is not judged yet, is looked at again; the periodic resync would do it later.
        if (_undelivered.Count > 0)
            RetryLater();
    }

    private Cluster WithoutFinalizer(Cluster cluster) =>
        cluster with { Metadata = cluster.Metadata with { Finalizers = [.. cluster.Metadata.Finalizers.Where(name => name != Finalizer)] } };

    private (IReadOnlyDictionary<string, Quantity> Allocated, int? LongestTtl) SumUp(Cluster cluster, DateTimeOffset now)
    {
        if (_summedUpAt is { } at && now - at < SumUpEvery)
            return (cluster.Status.Allocated, cluster.Status.LongestTtl);
        _summedUpAt = now;
        return (placements.AllocatedOn(Key.Name).ToQuantities(), placements.LongestTtlOn(Key.Name));
    }

    /// <summary>Uids of buried works that are gone: the agent said so, or it has taken in the tombstone and holds nothing of them.</summary>
    private HashSet<string> Confirmed(Cluster cluster) =>
    [
        .. cluster.Status.Tombstones.Select(tombstone => tombstone.Uid)
            .Where(uid => _gone.Contains(uid) || (_sequence.IsSynced && _works.HasLetGo(uid, Revision))),
    ];

    /// <summary>Uids of pods that were to stop. Only what a synced agent does not report is gone.</summary>
    private HashSet<string> Stopped(Cluster cluster) =>
        _sequence.IsSynced ? [.. cluster.Status.Evictions.Where(eviction => !_pods.Has(eviction)).Select(eviction => eviction.Uid)] : [];

    private void Tell(Cluster before, ClusterStatus after, IReadOnlyList<WorkStatus> orphans)
    {
        var (was, ready) = (before.Status.Conditions.Find(ClusterConditions.Ready), after.Conditions.Find(ClusterConditions.Ready));
        if (ready is not null && (was?.Status != ready.Status || was.Reason != ready.Reason) && ReasonOf(ready) is { } reason)
            Context.Events.Record(EventNote.On(before, reason, ready.Message, isWarning: ready.Status != ConditionStatus.True));
        foreach (var orphan in orphans.Where(orphan => !before.Status.Orphans.Contains(Describe(orphan))))
            Context.Events.Record(EventNote.On(before, EventReasons.Orphan, $"The cluster runs {Describe(orphan)}, which the control plane does not know; it is left running.", isWarning: true));
    }

    private static string? ReasonOf(Condition ready) => (ready.Status, ready.Reason) switch
    {
        (ConditionStatus.True, _) => EventReasons.ClusterReady,
        (ConditionStatus.False, ClusterReasons.AgentLeft) => EventReasons.ClusterLeft,
        (ConditionStatus.False, _) => EventReasons.ClusterNotReady,
        (_, ClusterReasons.LeaseExpired) => EventReasons.ClusterLost,
        _ => null,
    };

    /// <summary>As <c>status.orphans</c> lists it: <c>App/shop/web (uid)</c>.</summary>
    private static string Describe(WorkStatus work) => $"{work.Kind}/{work.Namespace}/{work.Name} ({work.Uid})";
}
