using System.Text;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Hosting;

/// <summary>Gets the agent its credential: the stored one, or one for a join token.</summary>
internal sealed partial class Joining(IControlPlane controlPlane, AgentOptions options, Retry retry, ILogger<Joining> logger) : IJoining
{
    private string CredentialPath => Path.Combine(options.Data, "credential");

    /// <summary>An earlier start has joined already.</summary>
    public bool HasJoined => File.Exists(CredentialPath);

    /// <exception cref="AgentStartException">There is no credential and no token, or the token is not accepted.</exception>
    public async Task JoinAsync(string version, CancellationToken cancellationToken)
    {
        if (HasJoined)
        {
            controlPlane.UseCredential((await File.ReadAllTextAsync(CredentialPath, cancellationToken)).Trim());
            return;
        }

        if (options.JoinToken is not { Length: > 0 } token)
            throw new AgentStartException($"Cluster {options.Cluster} has not joined the federation yet: start the agent once with --join-token, made by an administrator.");
        var answer = await AskAsync(token, version, cancellationToken);
        try
        {
            DurableFile.Replace(CredentialPath, Encoding.UTF8.GetBytes(answer.Credential));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The token is used up: without the file the next start could not come back.
            throw new AgentStartException($"The credential cannot be stored in {options.Data}: {exception.Message}", exception);
        }

        controlPlane.UseCredential(answer.Credential);
        LogJoined(options.Cluster, options.ControlPlane);
    }

    private async Task<JoinAnswer> AskAsync(string token, string version, CancellationToken cancellationToken)
    {
        var request = new JoinRequest
        {
            Cluster = options.Cluster,
            Region = options.Region,
            Zone = options.Zone,
            Provider = options.Provider,
            Addresses = [.. options.ClusterAddresses.Select(address => address.ToString())],
            Labels = options.Labels,
            AgentVersion = version,
        };
        for (var failures = 0; ; failures++)
        {
            try
            {
                return await controlPlane.JoinAsync(token, request, cancellationToken);
            }
            catch (ControlPlaneException exception) when (exception.Failure == ControlPlaneFailure.Unreachable)
            {
                if (failures == 0)
                    LogWaiting(exception.Message);
                await retry.WaitAsync(failures, exception.Failure, cancellationToken);
            }
            catch (ControlPlaneException exception)
            {
                throw new AgentStartException($"The control plane does not let cluster {options.Cluster} join: {exception.Message}", exception);
            }
        }
    }

    [LoggerMessage(EventId = 701, Level = LogLevel.Information, Message = "Cluster {Cluster} joined the federation at {ControlPlane}")]
    private partial void LogJoined(string cluster, Uri controlPlane);

    [LoggerMessage(EventId = 702, Level = LogLevel.Warning, Message = "Waiting for the control plane. {Problem}")]
    private partial void LogWaiting(string problem);
}
