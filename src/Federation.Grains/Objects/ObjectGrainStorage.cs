using System.Globalization;
using Federation.Api;
using Federation.Api.Json;
using Federation.Storage;
using Orleans.Storage;

namespace Federation.Grains.Objects;

/// <summary>Maps a grain's <see cref="ObjectRecord"/> to its row of the store: <c>WriteStateAsync</c> is the object write and the log entry in one.</summary>
/// <remarks>The etag is the row's revision. Knows no state but <see cref="ObjectRecord"/>, and no grain key but an <see cref="ObjectKey"/>.</remarks>
internal sealed class ObjectGrainStorage(IObjectStore store) : IGrainStorage
{
    public const string Name = "Objects";

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        try
        {
            var stored = await store.GetAsync(KeyOf(grainId), CancellationToken.None);
            var resource = stored is null ? null : ApiJson.Read(Kinds.Find(stored.Key.Kind), stored.Json.Span);
            Set(grainState, new ObjectRecord { Object = resource, Stored = resource, ReconcileDue = stored?.ReconcileDue }, stored?.Revision ?? 0);
        }
        catch (StoreUnavailableException exception)
        {
            Set(grainState, new ObjectRecord { Unread = exception }, 0);
        }
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = KeyOf(grainId);
        var record = RecordOf(grainState);
        var revision = await WriteAsync(WriteFor(key, record, RevisionOf(grainState.ETag)), grainState.ETag);
        record.Stored = record.Object;
        (grainState.ETag, grainState.RecordExists) = (Text(revision), true);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var expected = RevisionOf(grainState.ETag);
        var revision = expected == 0 ? 0 : await WriteAsync(new ObjectWrite.Delete(KeyOf(grainId), expected), grainState.ETag);
        RecordOf(grainState).RemovedAt = revision;
        Set(grainState, new ObjectRecord(), 0);
    }

    private static ObjectWrite WriteFor(ObjectKey key, ObjectRecord record, long expected)
    {
        var resource = record.Object ?? throw new InvalidOperationException($"{key}: an empty record cannot be written; clear it.");
        return ReferenceEquals(resource, record.Stored)
            ? new ObjectWrite.SetReconcileDue(key, record.ReconcileDue, expected)
            : new ObjectWrite.Put(key, resource.Metadata.Uid ?? "", resource.Metadata.Generation, ApiJson.Write(resource), record.ReconcileDue, expected);
    }

    private async Task<long> WriteAsync(ObjectWrite write, string? etag) => await store.WriteAsync(write, CancellationToken.None) switch
    {
        WriteOutcome.Written written => written.Revision,
        WriteOutcome.Conflict conflict => throw new InconsistentStateException($"{write.Key} was written by someone else.", Text(conflict.CurrentRevision), etag),
        WriteOutcome.TooLarge tooLarge => throw new ObjectTooLargeException(tooLarge.Bytes, WriteOutcome.TooLarge.Limit),
        var outcome => throw new InvalidOperationException($"No meaning for {outcome.GetType().Name}."),
    };

    private static void Set<T>(IGrainState<T> grainState, ObjectRecord record, long revision)
    {
        grainState.State = (T)(object)record;
        (grainState.ETag, grainState.RecordExists) = revision == 0 ? (null, false) : (Text(revision), true);
    }

    private static ObjectRecord RecordOf<T>(IGrainState<T> grainState) => (ObjectRecord)(object)grainState.State!;

    private static ObjectKey KeyOf(GrainId grainId) => ObjectKey.Parse(grainId.Key.ToString());

    private static long RevisionOf(string? etag) => etag is null ? 0 : long.Parse(etag, CultureInfo.InvariantCulture);

    private static string Text(long revision) => revision.ToString(CultureInfo.InvariantCulture);
}
