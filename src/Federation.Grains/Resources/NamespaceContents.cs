using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Grains.Objects;
using Federation.Storage.Cache;

namespace Federation.Grains.Resources;

/// <summary>Empties a namespace that is being deleted, or was.</summary>
internal sealed class NamespaceContents(IGrainFactory grains, IObjectCache cache)
{
    private const int AtOnce = 32;

    /// <summary>Asks every object in the namespace to go.</summary>
    /// <param name="namespace">Its name.</param>
    /// <param name="revision">The namespace's deletion; what was created before it is seen.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>How many objects are still there.</returns>
    public async Task<int> DeleteAsync(string @namespace, long revision, CancellationToken cancellationToken)
    {
        await cache.WaitForRevisionAsync(revision, cancellationToken);
        var left = 0;
        foreach (var definition in Kinds.All.Where(kind => kind.IsNamespaced && kind.Storage is KindStorage.Stored or KindStorage.Internal))
        {
            foreach (var chunk in cache.List(definition.Kind, @namespace).Chunk(AtOnce))
            {
                var gone = await Task.WhenAll(chunk.Select(cached => DeleteAsync(cached, cancellationToken)));
                left += gone.Count(isGone => !isGone);
            }
        }

        return left;
    }

    /// <summary>One that is going already is left to its own controller: a full namespace is looked at many times while it empties.</summary>
    private async Task<bool> DeleteAsync(CachedObject cached, CancellationToken cancellationToken)
    {
        if (ApiJson.Read(Kinds.Find(cached.Key.Kind), cached.Json.Span).IsDeleting)
            return false;
        var result = await grains.GetObjectGrain(cached.Key).WriteAsync(new WriteCommand { Verb = WriteVerb.Delete, Uid = cached.Uid }, cancellationToken);
        return result.Removed || result.Failure?.Reason == StatusReasons.NotFound;
    }
}
