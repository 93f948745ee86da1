using Federation.Api.Agents;
using Federation.Grains.Objects;
using Orleans.Concurrency;

namespace Federation.Grains.Apps;

/// <summary>Owns one App: decides where it runs and keeps what the clusters say about it in its status.</summary>
[Alias("federation.IAppGrain")]
public interface IAppGrain : IObjectGrain
{
    /// <summary>What a cluster says about this app; folded into the status by the next reconcile.</summary>
    /// <remarks>Interleaves: a cluster must never wait for an app that is waiting for the cluster.</remarks>
    [Alias("Observe")]
    [AlwaysInterleave]
    Task ObserveAsync(string cluster, [Immutable] WorkStatus status, CancellationToken cancellationToken);
}
