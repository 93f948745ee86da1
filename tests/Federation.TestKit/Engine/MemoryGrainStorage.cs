using System.Collections.Concurrent;
using Orleans.Storage;

namespace Federation.TestKit.Engine;

/// <summary>Grain storage in memory with real etags; outlives the cluster when the test holds it. Values are kept by reference.</summary>
public sealed class MemoryGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<string, (object Value, string Etag)> rows = new();
    private long etags;

    /// <summary>Set to make every operation throw; reset by setting null.</summary>
    public Exception? Failure { get; set; }

    public int Count => rows.Count;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ThrowIfBroken();
        if (rows.TryGetValue(Key(stateName, grainId), out var row))
            (grainState.State, grainState.ETag, grainState.RecordExists) = ((T)row.Value, row.Etag, true);
        else
            (grainState.ETag, grainState.RecordExists) = (null, false);
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ThrowIfBroken();
        var key = Key(stateName, grainId);
        CheckEtag(key, grainState.ETag);
        var etag = Interlocked.Increment(ref etags).ToString();
        rows[key] = (grainState.State!, etag);
        (grainState.ETag, grainState.RecordExists) = (etag, true);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ThrowIfBroken();
        var key = Key(stateName, grainId);
        CheckEtag(key, grainState.ETag);
        rows.TryRemove(key, out _);
        (grainState.ETag, grainState.RecordExists) = (null, false);
        return Task.CompletedTask;
    }

    /// <summary>Changes the stored etag behind the grain's back.</summary>
    public void Touch(string stateName, GrainId grainId) =>
        rows[Key(stateName, grainId)] = (rows[Key(stateName, grainId)].Value, Interlocked.Increment(ref etags).ToString());

    private static string Key(string stateName, GrainId grainId) => $"{stateName}/{grainId}";

    private void ThrowIfBroken()
    {
        if (Failure is { } failure)
            throw failure;
    }

    private void CheckEtag(string key, string? etag)
    {
        var stored = rows.TryGetValue(key, out var row) ? row.Etag : null;
        if (!string.Equals(stored, etag, StringComparison.Ordinal))
            throw new InconsistentStateException($"'{key}' has changed.", stored, etag);
    }
}
