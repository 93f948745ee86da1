using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Json;
using MemberCluster.Agent.ClusterRole.Listening;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.NodeRole;

/// <summary>Gets a node its credential from the cluster agent, and the certificate to know it by: those of an earlier start, or new ones for a token.</summary>
/// <remarks>A token for another certificate than the known one is a person's word that the cluster agent is a new one: the node joins it.</remarks>
internal sealed partial class NodeJoining(IControlPlane clusterAgent, CertificatePin pin, AgentOptions options, Retry retry, ILogger<NodeJoining> logger) : IJoining
{
    private static readonly TimeSpan LookAtMost = TimeSpan.FromSeconds(5);

    private readonly string _path = Path.Combine(options.Data, "cluster-agent.json");

    public bool HasJoined => File.Exists(_path);

    public async Task JoinAsync(string version, CancellationToken cancellationToken)
    {
        var known = Read();
        if (known is not null && !IsForAnother(known))
        {
            pin.Fingerprint = known.Fingerprint;
            clusterAgent.UseCredential(known.Credential);
            return;
        }

        if (options.JoinToken is not { Length: > 0 } token)
            throw new AgentStartException($"Node {options.Node} has not joined cluster {options.Cluster} yet: start the agent once with --join-token, made by 'federation-agent node-token' beside the cluster agent.");
        var membership = await AskAsync(token, version, cancellationToken);
        try
        {
            DurableFile.Replace(_path, ApiJson.ToUtf8(membership));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The token may be used up: without the file the next start could not come back.
            throw new AgentStartException($"The credential cannot be stored in {options.Data}: {exception.Message}", exception);
        }

        clusterAgent.UseCredential(membership.Credential);
        LogJoined(options.Node, options.ClusterAgent);
    }

    private bool IsForAnother(Membership known) =>
        options.JoinToken is { } token && NodeSecrets.TryReadToken(token, out var fingerprint, out _) && fingerprint != known.Fingerprint;

    private async Task<Membership> AskAsync(string token, string version, CancellationToken cancellationToken)
    {
        var request = new JoinRequest { Cluster = options.Cluster, Region = options.Region, Node = options.Node, AgentVersion = version };
        for (var failures = 0; ; failures++)
        {
            try
            {
                return NodeSecrets.TryReadToken(token, out var fingerprint, out var secret)
                    ? await AskByTokenAsync(fingerprint, secret, request, cancellationToken)
                    : await AskByPresetAsync(token, request, cancellationToken);
            }
            catch (ControlPlaneException exception) when (exception.Failure == ControlPlaneFailure.Unreachable && !pin.IsRefused)
            {
                if (failures == 0)
                    LogWaiting(exception.Message);
                await retry.WaitAsync(failures, exception.Failure, cancellationToken);
            }
            catch (ControlPlaneException exception)
            {
                throw new AgentStartException(
                    pin.IsRefused
                        ? $"{options.ClusterAgent} is not the cluster agent that the token is from: it shows another certificate."
                        : $"The cluster agent does not let node {options.Node} join: {exception.Message}",
                    exception);
            }
        }
    }

    private async Task<Membership> AskByTokenAsync(string fingerprint, string secret, JoinRequest request, CancellationToken cancellationToken)
    {
        pin.Fingerprint = fingerprint;
        var answer = await clusterAgent.JoinAsync(secret, request, cancellationToken);
        return new Membership { Fingerprint = fingerprint, Credential = answer.Credential };
    }

    private async Task<Membership> AskByPresetAsync(string preset, JoinRequest request, CancellationToken cancellationToken)
    {
        var fingerprint = await CertificatePin.LookAsync(options.ClusterAgent!, LookAtMost, cancellationToken);
        pin.Fingerprint = fingerprint;
        var (proof, nonce) = NodeSecrets.ProofOf(preset, fingerprint, options.Node);
        var answer = await clusterAgent.JoinAsync(proof, request, cancellationToken);
        return answer.Proof is { } back && NodeSecrets.AreEqual(back, NodeSecrets.AnswerOf(preset, nonce, fingerprint, options.Node))
            ? new Membership { Fingerprint = fingerprint, Credential = answer.Credential }
            : throw new ControlPlaneException(ControlPlaneFailure.Unauthorized, $"{options.ClusterAgent} does not know the secret that this node was given");
    }

    private Membership? Read()
    {
        try
        {
            return HasJoined ? ApiJson.FromUtf8<Membership>(File.ReadAllBytes(_path)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new AgentStartException($"The credential in {_path} cannot be read: {exception.Message}", exception);
        }
    }

    internal sealed record Membership
    {
        public string Fingerprint { get; init; } = "";
        public string Credential { get; init; } = "";
    }

    [LoggerMessage(EventId = 850, Level = LogLevel.Information, Message = "Node {Node} joined its cluster agent at {ClusterAgent}")]
    private partial void LogJoined(string node, Uri? clusterAgent);

    [LoggerMessage(EventId = 851, Level = LogLevel.Warning, Message = "Waiting for the cluster agent. {Problem}")]
    private partial void LogWaiting(string problem);
}
