using Federation.Api.Agents;
using Federation.Grains.Objects;
using Orleans.Concurrency;

namespace Federation.Grains.Snapshots;

/// <summary>Owns one PetSnapshot: alone says which copies there are to be, and where.</summary>
[Alias("federation.IPetSnapshotGrain")]
public interface IPetSnapshotGrain : IObjectGrain
{
    /// <summary>What a cluster says about these copies; folded into the status by the next reconcile.</summary>
    /// <remarks>Interleaves: a cluster must never wait for an object that is waiting for the cluster.</remarks>
    [Alias("Observe")]
    [AlwaysInterleave]
    Task ObserveAsync(string cluster, [Immutable] WorkStatus status, CancellationToken cancellationToken);
}
