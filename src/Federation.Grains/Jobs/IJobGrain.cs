using Federation.Api.Agents;
using Federation.Grains.Objects;
using Orleans.Concurrency;

namespace Federation.Grains.Jobs;

/// <summary>Owns one Job: divides its indexes over clusters and notes what they complete; with a schedule, makes Jobs.</summary>
[Alias("federation.IJobGrain")]
public interface IJobGrain : IObjectGrain
{
    /// <summary>What a cluster says about this Job; folded into the status by the next reconcile.</summary>
    /// <remarks>Interleaves: a cluster must never wait for an object that is waiting for the cluster.</remarks>
    [Alias("Observe")]
    [AlwaysInterleave]
    Task ObserveAsync(string cluster, [Immutable] WorkStatus status, CancellationToken cancellationToken);
}
