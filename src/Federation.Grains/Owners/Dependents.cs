using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api.Meta;
using Federation.Grains.Objects;
using Federation.Storage;
using Federation.Storage.Cache;

namespace Federation.Grains.Owners;

/// <summary>What owner references mean when objects are deleted.</summary>
/// <remarks>
/// | the owner is                             | its dependents                                                              |
/// |------------------------------------------|-----------------------------------------------------------------------------|
/// | gone (background)                        | each finds that out for itself, and deletes itself once no owner is left     |
/// | waiting with <c>foregroundDeletion</c>    | are deleted; the owner goes when none is left that blocks it                 |
/// | waiting with <c>orphan</c>                | lose the reference; then the owner goes                                      |
/// </remarks>
internal sealed class Dependents(IGrainFactory grains, IObjectCache cache, IObjectStore store, OwnerIndex index)
{
    private const int AtOnce = 32;

    /// <summary>Every owner that the object names is known not to exist any more.</summary>
    /// <remarks>An absence counts only when the store itself says so: the cache may trail a moment behind another silo's create.</remarks>
    public async Task<bool> HasLostItsOwnersAsync(Resource dependent, CancellationToken cancellationToken)
    {
        foreach (var owner in dependent.Metadata.OwnerReferences)
        {
            if (OwnerKeys.Of(owner, dependent.Key) is not { } key || cache.Current(key)?.Uid == owner.Uid)
                return false;
            if ((await store.GetAsync(key, cancellationToken))?.Uid == owner.Uid)
                return false;
        }

        return dependent.Metadata.OwnerReferences.Count > 0;
    }

    /// <summary>Carries out what the owner's deletion waits for.</summary>
    /// <param name="owner">Being deleted, with one of the two finalizers.</param>
    /// <param name="revision">Of its deletion: dependents created before it are seen.</param>
    /// <returns>True: it need not wait any more.</returns>
    public async Task<bool> SettleAsync(Resource owner, long revision, bool isOrphaning, CancellationToken cancellationToken)
    {
        await index.WaitForAsync(revision, cancellationToken);
        var isDone = true;
        foreach (var chunk in index.DependentsOf(owner.Metadata.Uid!).Chunk(AtOnce))
        {
            var results = await Task.WhenAll(chunk.Select(async dependent => (
                dependent.Blocks,
                Result: await grains.GetObjectGrain(dependent.Key).WriteAsync(isOrphaning ? Orphan(owner) : Delete(), cancellationToken))));
            isDone &= results.All(written => isOrphaning ? IsGone(written.Result) || written.Result.Failure is null : IsGone(written.Result) || !written.Blocks);
        }

        return isDone;
    }

    private static bool IsGone(WriteResult result) => result.Removed || result.Failure?.Reason == StatusReasons.NotFound;

    private static WriteCommand Delete() => new() { Verb = WriteVerb.Delete, Actor = nameof(Dependents) };

    private static WriteCommand Orphan(Resource owner) => new()
    {
        Verb = WriteVerb.StrategicPatch,
        Body = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["metadata"] = new JsonObject { ["ownerReferences"] = new JsonArray(new JsonObject { ["$patch"] = "delete", ["uid"] = owner.Metadata.Uid }) },
        }),
        Actor = nameof(Dependents),
    };
}
