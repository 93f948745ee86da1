using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>By image id, what registries call it. Of one image that only ever grows, and only by a pull.</summary>
internal sealed class RepoDigestCache
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ImmutableArray<string>> _known = [];
    private long _pulls;

    public ImmutableArray<string>? Find(string imageId)
    {
        lock (_lock)
            return _known.TryGetValue(imageId, out var digests) ? digests : null;
    }

    /// <summary>Taken before the engine is asked: what it says is kept only when nothing was pulled meanwhile.</summary>
    public long Begin()
    {
        lock (_lock)
            return _pulls;
    }

    public void Keep(string imageId, ImmutableArray<string> digests, long begun)
    {
        lock (_lock)
        {
            if (begun == _pulls)
                _known[imageId] = digests;
        }
    }

    /// <summary>Something was pulled.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _pulls++;
            _known.Clear();
        }
    }
}
