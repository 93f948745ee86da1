using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Grains.Objects;
using Orleans.Concurrency;

namespace Federation.Grains.Clusters;

/// <summary>Owns one Cluster: its lease, its reports, its pods, and the capacity that apps take on it.</summary>
[Alias("federation.IMemberClusterGrain")]
public interface IMemberClusterGrain : IObjectGrain
{
    /// <summary>Registers the cluster, or brings its region, zone, provider and addresses up to date.</summary>
    [Alias("Join")]
    Task<WriteResult> JoinAsync([Immutable] JoinRequest request, CancellationToken cancellationToken);

    /// <summary>Takes a report and renews the lease. Asks for a full one (<see cref="ReportAnswer.Resync"/>) when it missed one.</summary>
    /// <returns><see cref="ReportAnswer.LeaseSeconds"/> is 0 when there is no such Cluster: nothing is leased to it.</returns>
    [Alias("Report")]
    Task<ReportAnswer> ReportAsync([Immutable] Report report, CancellationToken cancellationToken);

    /// <summary>Holds capacity for an app's share until the app's placement is written, or the hold expires. Never overcommits.</summary>
    /// <remarks>Interleaves, and does not wait for anything itself.</remarks>
    [Alias("Reserve")]
    [AlwaysInterleave]
    Task<ReserveResult> ReserveAsync([Immutable] ReserveRequest request, CancellationToken cancellationToken);

    /// <summary>Takes over a tombstone whose object leaves the store while this cluster has not confirmed the removal.</summary>
    /// <returns>False: there is no such Cluster, so nobody is left to tell.</returns>
    [Alias("Bury")]
    Task<bool> BuryAsync([Immutable] PendingTombstone tombstone, CancellationToken cancellationToken);

    /// <summary>Asks the agent to stop one pod. Durable when it returns; asked again it can only shorten the grace period.</summary>
    /// <returns>404 when there is no such Cluster, 429 when too many pods are to stop already; the revision to wait for.</returns>
    [Alias("Evict")]
    Task<WriteResult> EvictAsync([Immutable] PodEviction eviction, CancellationToken cancellationToken);

    /// <summary>How long a fenced pet may still run in the cluster, should nobody permit it anew. Zero: none does, wherever its agent is.</summary>
    /// <remarks>
    /// After zero, a permission makes the agent first apply the works stream up to where the store is by then: what was decided before this was
    /// asked reaches the agent before a pet starts. A cluster that is not there is fenced as any other, only nobody permits it anything again.
    /// </remarks>
    [Alias("FencedIn")]
    Task<TimeSpan> FencedInAsync(CancellationToken cancellationToken);

    /// <summary>What the cluster last said about a work; null: nothing (yet).</summary>
    [Alias("ReadWork")]
    [AlwaysInterleave]
    Task<WorkStatus?> ReadWorkAsync(string uid, CancellationToken cancellationToken);

    /// <summary>What the cluster's pods use, as it last said.</summary>
    [Alias("ReadUsage")]
    [AlwaysInterleave]
    Task<ClusterUsage> ReadUsageAsync(CancellationToken cancellationToken);

    /// <summary>Gives all pods now and sends every later change to the observer; call again before the subscription expires (1 minute).</summary>
    [Alias("Subscribe")]
    Task<PodDelta> SubscribeAsync(IClusterObserver observer, CancellationToken cancellationToken);

    [Alias("Unsubscribe")]
    Task UnsubscribeAsync(IClusterObserver observer);
}
