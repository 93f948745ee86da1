using System.Collections.Concurrent;
using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Streams;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.ControlPlane;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ClusterRole.Hub;

/// <summary>Passes the control plane's requests for streams on to the node that has the pod (or volume), and what the node answers back. Every stream has tasks of its own: one that stands still holds up nobody.</summary>
internal sealed partial class StreamForwarder(
    IControlPlane controlPlane, Func<StreamRequest, CancellationToken, Task<Member?>> find, StreamRequests requests, TimeProvider time, ILogger<StreamForwarder> logger)
{
    private const int RequestsWaiting = 64;

    /// <summary>A node that has not answered by then will not: the asker waits no longer either.</summary>
    private static readonly TimeSpan AnswerAtMost = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseAtMost = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Channel<StreamRequest>> _links = new();
    private readonly ConcurrentDictionary<(string Node, string Id), TaskCompletionSource> _pending = new();

    public Task RunAsync(CancellationToken cancellationToken) => requests.FollowAsync(request => _ = ForwardAsync(request, cancellationToken), cancellationToken);

    /// <summary>The requests for one node, until a newer connection of it ends them.</summary>
    public ChannelReader<StreamRequest> Connect(string node)
    {
        var link = Channel.CreateBounded<StreamRequest>(RequestsWaiting);
        _links.AddOrUpdate(node, link, (_, older) =>
        {
            older.Writer.TryComplete();
            return link;
        });
        return link.Reader;
    }

    public void Disconnect(string node, ChannelReader<StreamRequest> requests)
    {
        if (_links.TryGetValue(node, out var link) && link.Reader == requests)
            _links.TryRemove(new KeyValuePair<string, Channel<StreamRequest>>(node, link));
    }

    /// <summary>The node was asked for this stream, and has not answered yet.</summary>
    public bool IsAwaited(string node, string id) => _pending.ContainsKey((node, id));

    /// <summary>The node of this process answers: what it writes goes straight to the control plane.</summary>
    public Task<StreamTunnel> OpenAsync(string node, string id, CancellationToken cancellationToken)
    {
        Answer(node, id);
        return controlPlane.OpenStreamAsync(id, cancellationToken);
    }

    public Task RefuseAsync(string node, string id, int code, string message, CancellationToken cancellationToken)
    {
        Answer(node, id);
        return controlPlane.RefuseStreamAsync(id, code, message, cancellationToken);
    }

    /// <summary>A node on another machine answers: relays until one side ends it.</summary>
    public async Task RelayAsync(string node, string id, StreamTunnel fromNode, CancellationToken cancellationToken)
    {
        Answer(node, id);
        await using var toControlPlane = await controlPlane.OpenStreamAsync(id, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var up = CopyAsync(fromNode, toControlPlane, ending.Token);
        var down = CopyAsync(toControlPlane, fromNode, ending.Token);
        try
        {
            await await Task.WhenAny(up, down);
            if (up.IsCompletedSuccessfully)
            {
                using var limit = new CancellationTokenSource(CloseAtMost, time);
                await toControlPlane.CloseAsync(limit.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            LogEnded(node, exception.Message);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(up, down).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task CopyAsync(StreamTunnel from, StreamTunnel to, CancellationToken cancellationToken)
    {
        while (await from.ReadAsync(cancellationToken) is { } frame)
        {
            if (frame.IsEnd)
                await to.EndAsync(frame.Channel, cancellationToken);
            else
                await to.WriteAsync(frame.Channel, frame.Data, cancellationToken);
        }
    }

    private async Task ForwardAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (await RefuseAsync(request, cancellationToken) is { Code: > 0 } refusal)
                await controlPlane.RefuseStreamAsync(request.Id, refusal.Code, refusal.Message, cancellationToken);
        }
        catch (Exception exception) when (exception is ControlPlaneException or OperationCanceledException)
        {
            LogEnded(request.Pod, exception.Message);
        }
    }

    /// <summary>Hands the request to its node and waits until that answers; what it says goes its own way.</summary>
    /// <returns>Code 0: it was answered.</returns>
    private async Task<(int Code, string Message)> RefuseAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        if (await find(request, cancellationToken) is not { } member)
            return (404, request.Volume is { } volume ? $"there is no node {volume.Node}" : $"pods \"{request.Pod}\" not found");
        if (!_links.TryGetValue(member.Name, out var link))
            return (503, $"the agent of node {member.Name} is not connected");
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var key = (member.Name, request.Id);
        _pending[key] = answered;
        try
        {
            if (!link.Writer.TryWrite(request))
                return (429, $"the agent of node {member.Name} has too many requests for streams waiting");
            await answered.Task.WaitAsync(AnswerAtMost, time, cancellationToken);
            return default;
        }
        catch (TimeoutException)
        {
            return (503, $"the agent of node {member.Name} did not answer within {AnswerAtMost.TotalSeconds:0} s");
        }
        finally
        {
            _pending.TryRemove(key, out _);
        }
    }

    /// <exception cref="ControlPlaneException">Nobody waits for the stream (any more), or another node was asked for it.</exception>
    private void Answer(string node, string id)
    {
        if (!_pending.TryRemove((node, id), out var answered) || !answered.TrySetResult())
            throw new ControlPlaneException(ControlPlaneFailure.Refused, "nobody waits for this stream");
    }

    [LoggerMessage(EventId = 821, Level = LogLevel.Debug, Message = "A stream of {Subject} ended. {Problem}")]
    private partial void LogEnded(string subject, string problem);
}
