using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Volumes;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Streams;

/// <summary>Answers the control plane's requests for logs, commands, ports and volumes, each over a connection that the agent opens.</summary>
internal sealed partial class StreamServer(
    IControlPlane controlPlane, IContainers containers, PodController pods, VolumeSource volumes, StreamRequests requests, TimeProvider time, ILogger<StreamServer> logger)
{
    /// <summary>More at once are told to come back later.</summary>
    private const int MostOpen = 512;

    private readonly LogSource _logs = new(containers, time);
    private readonly CommandSource _commands = new(containers, time);
    private readonly PortSource _ports = new(containers, time);
    private int _open;

    public Task RunAsync(CancellationToken cancellationToken) => requests.FollowAsync(request => _ = AnswerAsync(request, cancellationToken), cancellationToken);

    private async Task AnswerAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > MostOpen)
            {
                await controlPlane.RefuseStreamAsync(request.Id, 429, "This cluster's agent has too many streams open.", cancellationToken);
                return;
            }

            var (content, refusal) = await OpenAsync(request, cancellationToken);
            if (content is not null)
                await ServeAsync(request, content, cancellationToken);
            if (refusal is { Code: var code, Message: var message })
                await controlPlane.RefuseStreamAsync(request.Id, code, message, cancellationToken);
        }
        catch (Exception exception) when (exception is ControlPlaneException or RuntimeException or IOException or InvalidDataException or OperationCanceledException)
        {
            LogEnded(request.Kind, request.Namespace, request.Pod, exception.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>First what the stream is made of, then the stream: what cannot be given is refused before anybody has upgraded anything.</summary>
    private async Task<(IStreamContent? Content, StreamRefusal? Refusal)> OpenAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (request.Kind == StreamKind.Volume)
                return await volumes.OpenAsync(request, cancellationToken);
            var (target, refusal) = await pods.AskAsync(uids => StreamTarget.Find(uids, request), cancellationToken);
            return target is null ? (null, refusal) : (request.Kind switch
            {
                StreamKind.Logs => _logs.Open(request, target),
                StreamKind.Exec => await _commands.ExecAsync(request, target, cancellationToken),
                StreamKind.Attach => await _commands.AttachAsync(request, target, cancellationToken),
                _ => await _ports.ConnectAsync(target, request.Port ?? 0, cancellationToken),
            }, null);
        }
        catch (RuntimeException failed)
        {
            return (null, StreamRefusal.Of(failed));
        }
        catch (IOException failed)
        {
            return (null, new StreamRefusal(502, failed.Message));
        }
    }

    private async Task ServeAsync(StreamRequest request, IStreamContent content, CancellationToken cancellationToken)
    {
        await using (content)
        {
            await using var tunnel = await controlPlane.OpenStreamAsync(request.Id, cancellationToken);
            // Whoever waits for the engine learns that the asker is gone.
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tunnel.Ended);
            await content.CopyAsync(tunnel, ending.Token);
            using var limit = new CancellationTokenSource(CloseAtMost, time);
            await tunnel.CloseAsync(limit.Token);
        }
    }

    private static readonly TimeSpan CloseAtMost = TimeSpan.FromSeconds(10);

    [LoggerMessage(EventId = 602, Level = LogLevel.Debug, Message = "{Kind} of {Namespace}/{Pod} ended. {Problem}")]
    private partial void LogEnded(StreamKind kind, string @namespace, string pod, string problem);
}
