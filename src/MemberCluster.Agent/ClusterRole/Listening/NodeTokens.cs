using System.Text.Json;
using Federation.Api.Json;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Listening;

/// <summary>A token with which nodes may join, as it is kept: without its secret.</summary>
internal sealed record NodeToken
{
    /// <summary>The only node that may use it; null: any.</summary>
    public string? Node { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public int UsesLeft { get; init; }
}

/// <summary>The tokens of a cluster agent: one file each, named by the secret's hash. The command line makes them, the running agent uses them up.</summary>
internal sealed class NodeTokens(string dataDirectory, TimeProvider time)
{
    private readonly string _directory = Path.Combine(dataDirectory, "node-tokens");
    private readonly Lock _lock = new();

    /// <returns>The secret.</returns>
    /// <exception cref="IOException">It cannot be stored.</exception>
    public string Create(string? node, TimeSpan validity, int uses)
    {
        Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var secret = NodeSecrets.NewSecret();
        DurableFile.Replace(PathOf(secret), ApiJson.ToUtf8(new NodeToken { Node = node, ExpiresAt = time.GetUtcNow() + validity, UsesLeft = uses }));
        return secret;
    }

    /// <summary>The token, when it may be used by this node; null otherwise.</summary>
    public NodeToken? Find(string secret, string node)
    {
        lock (_lock)
            return Find_NeedsLock(secret, node);
    }

    /// <summary>Uses the token once. False: of two that came together, the other one got in.</summary>
    /// <exception cref="IOException">That cannot be stored; then it is not used.</exception>
    public bool Use(string secret, string node)
    {
        lock (_lock)
        {
            if (Find_NeedsLock(secret, node) is not { } token)
                return false;
            if (token.UsesLeft > 1)
                DurableFile.Replace(PathOf(secret), ApiJson.ToUtf8(token with { UsesLeft = token.UsesLeft - 1 }));
            else
                File.Delete(PathOf(secret));
            return true;
        }
    }

    private NodeToken? Find_NeedsLock(string secret, string node)
    {
        try
        {
            var token = ApiJson.FromUtf8<NodeToken>(File.ReadAllBytes(PathOf(secret)));
            return token.UsesLeft > 0 && token.ExpiresAt > time.GetUtcNow() && (token.Node is null || token.Node == node) ? token : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private string PathOf(string secret) => Path.Combine(_directory, NodeSecrets.Hash(secret) + ".json");
}
