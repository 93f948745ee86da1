using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Streams;

/// <summary>Answers the control plane's requests for logs, over connections that the agent opens.</summary>
internal sealed partial class LogStreams(
    IControlPlane controlPlane, IContainers containers, PodController pods, Retry retry, TimeProvider time, ILogger<LogStreams> logger)
{
    private int _open;

    /// <summary>More followers at once are told to come back later.</summary>
    private const int MostOpen = 256;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (true)
        {
            var failure = ControlPlaneFailure.Unreachable;
            try
            {
                await foreach (var request in controlPlane.WatchStreamsAsync(cancellationToken))
                {
                    failures = 0;
                    if (request.Kind == StreamKind.Logs)
                        _ = AnswerAsync(request, cancellationToken);
                }
            }
            catch (ControlPlaneException exception)
            {
                LogLost(exception.Message);
                failure = exception.Failure;
            }

            await retry.WaitAsync(failures++, failure, cancellationToken);
        }
    }

    private async Task AnswerAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _open);
        try
        {
            if (_open > MostOpen)
            {
                await controlPlane.RefuseStreamAsync(request.Id, 429, "This cluster's agent has too many log streams open.", cancellationToken);
                return;
            }

            var (container, problem) = await pods.AskAsync(uids => Find(uids, request), cancellationToken);
            if (container is null)
                await controlPlane.RefuseStreamAsync(request.Id, 404, problem!, cancellationToken);
            else
                await controlPlane.AnswerStreamAsync(request.Id, (stream, token) => CopyAsync(container, request, stream, token), cancellationToken);
        }
        catch (Exception exception) when (exception is ControlPlaneException or RuntimeException or IOException or OperationCanceledException)
        {
            LogEnded(request.Namespace, request.Pod, exception.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task CopyAsync(string container, StreamRequest request, Stream stream, CancellationToken cancellationToken)
    {
        var query = new LogQuery
        {
            Follow = request.Follow,
            Tail = request.TailLines,
            Since = request.SinceSeconds is { } seconds ? time.GetUtcNow() - TimeSpan.FromSeconds(seconds) : null,
            Timestamps = request.Timestamps,
        };
        await foreach (var chunk in containers.ReadLogsAsync(container, query, cancellationToken))
        {
            await stream.WriteAsync(chunk.Data, cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }
    }

    private static (string? Container, string? Problem) Find(IReadOnlyDictionary<string, UidState> uids, StreamRequest request)
    {
        var found = uids.Values.Select(state => (State: state, Pod: state.Pods.GetValueOrDefault(request.Pod)))
            .FirstOrDefault(pair => pair.Pod?.Identity.Namespace == request.Namespace);
        if (found.Pod is null)
            return (null, $"pods \"{request.Pod}\" not found");
        var observed = found.State.Observe().First(pod => pod.Name == request.Pod);
        var slots = observed.Latest.Select(container => container.Slot).ToImmutableArray();
        var slot = request.Container ?? (slots.Length == 1 ? slots[0] : null);
        if (slot is null)
            return (null, slots.IsEmpty ? $"no container of {request.Pod} was made yet" : $"a container name must be specified for pod {request.Pod}, choose one of: [{string.Join(' ', slots)}]");
        var lives = observed.Containers.Where(container => container.Slot == slot)
            .OrderByDescending(container => container.Restarts).ThenByDescending(container => container.CreatedAt).ToImmutableArray();
        if (lives.IsEmpty)
            return (null, $"container {slot} is not valid for pod {request.Pod}");
        var wanted = request.Previous ? lives.Skip(1).FirstOrDefault() : lives[0];
        return wanted is null ? (null, $"previous terminated container \"{slot}\" in pod \"{request.Pod}\" not found") : (wanted.Id, null);
    }

    [LoggerMessage(EventId = 601, Level = LogLevel.Debug, Message = "Requests for logs cannot be heard. {Problem}")]
    private partial void LogLost(string problem);

    [LoggerMessage(EventId = 602, Level = LogLevel.Debug, Message = "The log stream of {Namespace}/{Pod} ended. {Problem}")]
    private partial void LogEnded(string @namespace, string pod, string problem);
}
