using System.Collections.Concurrent;
using System.Text.Json;
using Federation.Api.Json;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Listening;

/// <summary>Which secret each node has: one file per node, with the secret's hash. A file that is removed takes the node's access away.</summary>
internal sealed class NodeCredentials(string dataDirectory)
{
    private const string Suffix = ".json";
    private readonly string _directory = Path.Combine(dataDirectory, "nodes");
    private readonly ConcurrentDictionary<string, string> _hashes = new();

    /// <summary>The hosts that have one.</summary>
    public IReadOnlyCollection<string> Nodes => [.. _hashes.Keys];

    /// <summary>Reads what is stored.</summary>
    /// <returns>The hosts that had one, and have none any more.</returns>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public IReadOnlyList<string> Load()
    {
        Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var stored = Directory.EnumerateFiles(_directory, "*" + Suffix).Select(path => Path.GetFileName(path)[..^Suffix.Length]).ToHashSet();
        foreach (var node in stored.Where(node => !_hashes.ContainsKey(node)))
        {
            if (TryRead(node) is { } hash)
                _hashes[node] = hash;
        }

        List<string> removed = [.. _hashes.Keys.Where(node => !stored.Contains(node))];
        foreach (var node in removed)
            _hashes.TryRemove(node, out _);
        return removed;
    }

    /// <summary>Gives the node a new secret; the one before ends.</summary>
    /// <exception cref="IOException">It cannot be stored.</exception>
    public string Issue(string node)
    {
        var secret = NodeSecrets.NewSecret();
        var hash = NodeSecrets.Hash(secret);
        DurableFile.Replace(PathOf(node), ApiJson.ToUtf8(new NodeCredential { Hash = hash }));
        _hashes[node] = hash;
        return secret;
    }

    public bool IsKnown(string node) => _hashes.ContainsKey(node);

    /// <summary>The secret is this node's, and no other's.</summary>
    public bool IsValid(string node, string secret) => _hashes.TryGetValue(node, out var hash) && NodeSecrets.AreEqual(hash, NodeSecrets.Hash(secret));

    /// <returns>False: there was none.</returns>
    public static bool Remove(string dataDirectory, string node)
    {
        var path = Path.Combine(dataDirectory, "nodes", node + Suffix);
        if (!File.Exists(path))
            return false;
        File.Delete(path);
        return true;
    }

    private string? TryRead(string node)
    {
        try
        {
            return ApiJson.FromUtf8<NodeCredential>(File.ReadAllBytes(PathOf(node))).Hash;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    private string PathOf(string node) => Path.Combine(_directory, node + Suffix);

    internal sealed record NodeCredential
    {
        public string Hash { get; init; } = "";
    }
}
