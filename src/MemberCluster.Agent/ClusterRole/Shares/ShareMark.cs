using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Shares;

/// <summary>Something that is true for good once it was, as long as the disk is not lost: an empty file. It is missing where nothing is known.</summary>
internal sealed class ShareMark(string path)
{
    private bool _isUnstored;

    public bool IsSet { get; private set; }

    public void Load() => IsSet = File.Exists(path);

    /// <summary>In memory; <see cref="Store"/> makes it outlive the agent.</summary>
    public void Set() => IsSet = _isUnstored = true;

    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void Store()
    {
        if (_isUnstored)
            DurableFile.Replace(path, []);
        _isUnstored = false;
    }

    /// <exception cref="IOException">The disk is failing.</exception>
    public void Clear()
    {
        IsSet = _isUnstored = false;
        File.Delete(path);
    }
}
