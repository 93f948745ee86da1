using System.Collections.Concurrent;
using System.Text;
using Federation.Api.Agents;
using Federation.Api.Streams;
using Federation.Gateway.Agents;
using Federation.Gateway.Http;
using Federation.Gateway.Spdy;

namespace Federation.Gateway.Streams;

/// <summary>Forwards one client's connections: for each the client opens two streams of the same <c>requestID</c>, one for data and one for what goes wrong.</summary>
internal sealed class PortForwarding(SpdySession session, StreamBroker streams, PodTarget target, CancellationToken cancellationToken)
{
    private readonly Dictionary<string, SpdyStream> _halves = [];
    private readonly ConcurrentDictionary<Task, bool> _connections = new();

    /// <summary>Connections so far.</summary>
    public int Count { get; private set; }

    /// <summary>Serves until the client ends the session; by then every connection has ended.</summary>
    /// <exception cref="IOException">As <see cref="SpdySession.RunAsync"/>.</exception>
    public async Task RunAsync()
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = session.RunAsync(ending.Token);
        try
        {
            await foreach (var stream in session.Opened.ReadAllAsync(ending.Token))
                await PairAsync(stream, ending.Token);
            await running;
        }
        finally
        {
            await ending.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(_connections.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PairAsync(SpdyStream stream, CancellationToken ending)
    {
        var type = stream.Headers.GetValueOrDefault(SpdyClient.StreamTypeHeader, "");
        // Old clients number nothing: their two streams follow each other.
        var key = stream.Headers.GetValueOrDefault("requestid", "") + "/" + stream.Headers.GetValueOrDefault("port", "");
        if (type is not ("data" or "error"))
        {
            await stream.Input.CompleteAsync();
            await stream.ResetAsync(SpdyResetCode.ProtocolError, ending);
            return;
        }

        if (!_halves.Remove(key, out var other))
        {
            _halves[key] = stream;
            return;
        }

        Count++;
        var (data, error) = type == "data" ? (stream, other) : (other, stream);
        var connection = ForwardAsync(data, error, ending);
        _connections[connection] = true;
        _ = connection.ContinueWith(done => _connections.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task ForwardAsync(SpdyStream data, SpdyStream error, CancellationToken ending)
    {
        var port = data.Headers.GetValueOrDefault("port", "");
        try
        {
            // The client says nothing on it, and has said so already.
            await error.Input.CompleteAsync();
            var problem = int.TryParse(port, out var number) ? await CopyAsync(data, number, ending) : $"\"{port}\" is not a port";
            if (problem is not null)
                await error.WriteAsync(Encoding.UTF8.GetBytes($"error forwarding port {port} to pod {target.Pod.Metadata.Name}, uid {target.Pod.Metadata.Uid}: {problem}"), ending);
            await error.EndAsync(ending);
            await data.EndAsync(ending);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The client has ended this connection, or all of them.
        }
        finally
        {
            await data.Input.CompleteAsync();
        }
    }

    /// <summary>Null: it ended as connections do.</summary>
    private async Task<string?> CopyAsync(SpdyStream data, int port, CancellationToken ending)
    {
        var request = new StreamRequest { Kind = StreamKind.PortForward, Namespace = target.Pod.Metadata.Namespace ?? "", Pod = target.Pod.Metadata.Name, Port = port };
        try
        {
            await using var stream = await streams.OpenAsync(target.Cluster, request, ending);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ending);
            var inward = CopyInAsync(data, stream.Tunnel!, both.Token);
            var outward = CopyOutAsync(data, stream.Tunnel!, both.Token);
            // A pod that has said all ends the connection, as its own end would; a client that has said all may still wait for an answer.
            await Task.WhenAny(outward, data.Aborted, FailureOf(inward));
            await both.CancelAsync();
            await inward.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await outward;
            return null;
        }
        catch (RefusedException refused)
        {
            return refused.Message;
        }
        catch (StreamEndedException lost)
        {
            return lost.Message;
        }
    }

    private static async Task CopyInAsync(SpdyStream data, StreamTunnel tunnel, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await data.Input.ReadAsync(cancellationToken);
            foreach (var part in read.Buffer)
                await tunnel.WriteAsync(StreamChannel.Input, part, cancellationToken);
            data.Input.AdvanceTo(read.Buffer.End);
            if (!read.IsCompleted)
                continue;
            await tunnel.EndAsync(StreamChannel.Input, cancellationToken);
            return;
        }
    }

    private static async Task CopyOutAsync(SpdyStream data, StreamTunnel tunnel, CancellationToken cancellationToken)
    {
        while (await tunnel.ReadAsync(cancellationToken) is { IsEnd: false } frame)
            await data.WriteAsync(frame.Data, cancellationToken);
    }

    /// <summary>Completes when the task fails, and never otherwise.</summary>
    private static Task FailureOf(Task task)
    {
        var failed = new TaskCompletionSource();
        _ = task.ContinueWith(_ => failed.TrySetResult(), CancellationToken.None, TaskContinuationOptions.NotOnRanToCompletion, TaskScheduler.Default);
        return failed.Task;
    }
}
