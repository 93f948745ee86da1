using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Grains.Objects;
using Orleans.Concurrency;

namespace Federation.Grains.Pets;

/// <summary>Owns one PetSet: alone says which cluster may run which pet, with which epoch.</summary>
[Alias("federation.IPetSetGrain")]
public interface IPetSetGrain : IObjectGrain
{
    /// <summary>What a cluster says about this set's pets; folded into the status by the next reconcile.</summary>
    /// <remarks>Interleaves: a cluster must never wait for an object that is waiting for the cluster.</remarks>
    [Alias("Observe")]
    [AlwaysInterleave]
    Task ObserveAsync(string cluster, [Immutable] WorkStatus status, CancellationToken cancellationToken);

    /// <summary>Takes what a person says of one pet. Durable when it returns; the same word again is none.</summary>
    /// <param name="word">With an epoch of 0: the pet's present one. A move to nowhere: it is taken back.</param>
    /// <param name="dryRun">True: only says what it would come to.</param>
    /// <returns>404 for a pet that is not there, 409 for a word that does not fit what is known of it.</returns>
    [Alias("Say")]
    Task<WriteResult> SayAsync([Immutable] PetWord word, bool dryRun, CancellationToken cancellationToken);
}
