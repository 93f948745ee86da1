using Federation.Api.Agents;
using Federation.Grains.Objects;
using Orleans.Concurrency;

namespace Federation.Grains.Daemons;

/// <summary>Owns one Daemon: decides which clusters take part and keeps what they say about it in its status.</summary>
[Alias("federation.IDaemonGrain")]
public interface IDaemonGrain : IObjectGrain
{
    /// <summary>What a cluster says about this daemon; folded into the status by the next reconcile.</summary>
    /// <remarks>Interleaves: a cluster must never wait for an object that is waiting for the cluster.</remarks>
    [Alias("Observe")]
    [AlwaysInterleave]
    Task ObserveAsync(string cluster, [Immutable] WorkStatus status, CancellationToken cancellationToken);
}
