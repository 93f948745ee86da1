using Federation.Api.Agents;
using Federation.Api.Nodes;
using MemberCluster.Agent.Hosting;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ClusterRole.Listening;

/// <summary>Lets nodes in: for a token or a preset secret, each gets a credential that is good for itself alone.</summary>
/// <param name="options">Of the cluster.</param>
/// <param name="fingerprint">Of the certificate that nodes see.</param>
/// <param name="tokens">Those that were made.</param>
/// <param name="credentials">Those that were given.</param>
/// <param name="isHeard">Whether a node (its name in the federation) is heard of right now.</param>
/// <param name="logger">Of joins.</param>
internal sealed partial class NodeAdmission(
    AgentOptions options, string fingerprint, NodeTokens tokens, NodeCredentials credentials, Func<string, Task<bool>> isHeard, ILogger<NodeAdmission> logger)
{
    /// <returns>The answer; or an HTTP status and a sentence.</returns>
    public async Task<(JoinAnswer? Answer, int Code, string Refusal)> JoinAsync(string bearer, JoinRequest request)
    {
        if (request.Cluster != options.Cluster)
            return Refused(403, $"this is the cluster agent of {options.Cluster}, not of {request.Cluster}");
        if (request.Node is not { Length: > 0 } node || NodeNames.Clean(node) != node)
            return Refused(422, "the name of the node is missing or not valid");
        var nonce = options.NodeToken is { } preset ? NodeSecrets.Verify(bearer, preset, fingerprint, node) : null;
        var token = nonce is null ? tokens.Find(bearer, node) : null;
        if (nonce is null && token is null)
            return Refused(401, "the token is not valid, was used up, or is for another node");

        if (options.Roles.HasFlag(AgentRoles.Node) && node == options.Node)
            return Refused(403, $"the cluster agent's own machine is called {node}: choose another --node");
        // Who holds a token for any node must not be able to become one that is at work.
        if (token?.Node is null && credentials.IsKnown(node) && await isHeard(NodeNames.Of(options.Cluster, node)))
            return Refused(403, $"there is a node {node} at work already: make a token with --node {node} to replace it");
        try
        {
            if (nonce is null && !tokens.Use(bearer, node))
                return Refused(401, "the token is not valid, was used up, or is for another node");
            var answer = new JoinAnswer
            {
                Cluster = options.Cluster,
                Credential = credentials.Issue(node),
                LeaseSeconds = options.NodeLease.TotalSeconds,
                Proof = nonce is null ? null : NodeSecrets.AnswerOf(options.NodeToken!, nonce, fingerprint, node),
            };
            LogJoined(node);
            return (answer, 200, "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Refused(503, $"the credential cannot be stored: {exception.Message}");
        }
    }

    private static (JoinAnswer? Answer, int Code, string Refusal) Refused(int code, string message) => (null, code, message);

    [LoggerMessage(EventId = 840, Level = LogLevel.Information, Message = "Node {Node} joined")]
    private partial void LogJoined(string node);
}
