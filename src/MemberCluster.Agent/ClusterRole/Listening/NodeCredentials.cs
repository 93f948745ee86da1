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
    private readonly ConcurrentDictionary<string, Access> _access = new();

    /// <summary>The hosts that have one.</summary>
    public IReadOnlyCollection<string> Nodes => [.. _access.Keys];

    /// <summary>Reads what is stored.</summary>
    /// <returns>The hosts that had one, and have none any more.</returns>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public IReadOnlyList<string> Load()
    {
        Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var stored = Directory.EnumerateFiles(_directory, "*" + Suffix).Select(path => Path.GetFileName(path)[..^Suffix.Length]).ToHashSet();
        foreach (var node in stored.Where(node => !_access.ContainsKey(node)))
        {
            if (TryRead(node) is { } hash)
                _access[node] = new Access(hash, new CancellationTokenSource());
        }

        List<string> removed = [.. _access.Keys.Where(node => !stored.Contains(node))];
        foreach (var node in removed)
        {
            if (_access.TryRemove(node, out var access))
                access.Ended.Cancel();
        }

        return removed;
    }

    /// <summary>Gives the node a new secret; the one before ends.</summary>
    /// <exception cref="IOException">It cannot be stored.</exception>
    public string Issue(string node)
    {
        var secret = NodeSecrets.NewSecret();
        var hash = NodeSecrets.Hash(secret);
        DurableFile.Replace(PathOf(node), ApiJson.ToUtf8(new NodeCredential { Hash = hash }));
        _access.TryGetValue(node, out var before);
        _access[node] = new Access(hash, new CancellationTokenSource());
        before?.Ended.Cancel();
        return secret;
    }

    public bool IsKnown(string node) => _access.ContainsKey(node);

    /// <summary>The secret is this node's, and no other's.</summary>
    /// <param name="node">Who it is said to be.</param>
    /// <param name="secret">What he shows.</param>
    /// <param name="ended">Cancelled when the secret is not valid any more: what was opened with it ends, too.</param>
    public bool IsValid(string node, string secret, out CancellationToken ended)
    {
        var isValid = _access.TryGetValue(node, out var access) && NodeSecrets.AreEqual(access.Hash, NodeSecrets.Hash(secret));
        ended = isValid ? access!.Ended.Token : default;
        return isValid;
    }

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

    private sealed record Access(string Hash, CancellationTokenSource Ended);

    internal sealed record NodeCredential
    {
        public string Hash { get; init; } = "";
    }
}
