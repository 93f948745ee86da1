using System.Buffers;
using System.IO.Pipelines;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Streams;
using Federation.Gateway.Spdy;

namespace Federation.Gateway.Streams;

/// <summary>The protocol <c>v4.channel.k8s.io</c> over SPDY/3.1: the client opens a stream for each channel and names it in the header <c>streamType</c>.</summary>
internal sealed class SpdyClient : IRemoteClient
{
    public const string StreamTypeHeader = "streamtype";

    private readonly SpdySession _session;
    private readonly Task _running;
    private readonly Dictionary<string, SpdyStream> _streams;

    private SpdyClient(SpdySession session, Task running, Dictionary<string, SpdyStream> streams) => (_session, _running, _streams) = (session, running, streams);

    /// <summary>Waits until the client has opened its streams.</summary>
    /// <param name="transport">The client's from now on.</param>
    /// <param name="wanted">Which streams it asked for.</param>
    /// <param name="opening">Ends the waiting.</param>
    /// <param name="cancellationToken">Ends the connection, also after this method returned.</param>
    /// <exception cref="IOException">The client is gone, or opens something else.</exception>
    public static async Task<SpdyClient> AcceptAsync(Stream transport, RemoteStreams wanted, CancellationToken opening, CancellationToken cancellationToken)
    {
        var session = new SpdySession(transport);
        var running = session.RunAsync(cancellationToken);
        try
        {
            var missing = TypesOf(wanted);
            var streams = new Dictionary<string, SpdyStream>();
            while (missing.Count > 0)
            {
                var stream = await session.Opened.ReadAsync(opening);
                var type = stream.Headers.GetValueOrDefault(StreamTypeHeader, "");
                if (!missing.Remove(type))
                    throw new SpdyException($"a stream of type \"{type}\" was not expected");
                streams[type] = stream;
            }

            return new SpdyClient(session, running, streams);
        }
        catch (Exception failed)
        {
            await session.DisposeAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (failed is System.Threading.Channels.ChannelClosedException)
                throw new IOException("the client is gone", failed);
            throw;
        }
    }

    public async Task CopyInputAsync(TunnelInput input, CancellationToken cancellationToken)
    {
        var copying = Task.WhenAll(
            _streams.TryGetValue("stdin", out var stdin) ? CopyStdinAsync(stdin.Input, input, cancellationToken) : Task.CompletedTask,
            _streams.TryGetValue("resize", out var resize) ? CopyResizesAsync(resize.Input, input, cancellationToken) : Task.CompletedTask);
        // The end of the input is not the end of the client.
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task WriteAsync(StreamChannel channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        _streams.TryGetValue(channel == StreamChannel.Error ? "stderr" : "stdout", out var stream) && !data.IsEmpty ? stream.WriteAsync(data, cancellationToken) : Task.CompletedTask;

    public async Task EndAsync(Status result, CancellationToken cancellationToken)
    {
        foreach (var type in (string[])["stdout", "stderr"])
        {
            if (_streams.TryGetValue(type, out var stream))
                await stream.EndAsync(cancellationToken);
        }

        await _streams["error"].WriteAsync(ApiJson.ToUtf8(result), cancellationToken);
        await _streams["error"].EndAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams.Values)
            await stream.Input.CompleteAsync();
        await _session.DisposeAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static HashSet<string> TypesOf(RemoteStreams wanted)
    {
        var types = new HashSet<string> { "error" };
        if (wanted.Stdin)
            types.Add("stdin");
        if (wanted.Stdout)
            types.Add("stdout");
        if (wanted.Stderr)
            types.Add("stderr");
        if (wanted.Tty)
            types.Add("resize");
        return types;
    }

    private static async Task CopyStdinAsync(PipeReader stdin, TunnelInput input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await stdin.ReadAsync(cancellationToken);
            foreach (var part in read.Buffer)
                await input.WriteAsync(part, cancellationToken);
            stdin.AdvanceTo(read.Buffer.End);
            if (!read.IsCompleted)
                continue;
            await input.EndAsync(cancellationToken);
            return;
        }
    }

    /// <summary>One JSON object on each line.</summary>
    private static async Task CopyResizesAsync(PipeReader resizes, TunnelInput input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await resizes.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                await input.ResizeAsync(buffer.Slice(0, end).ToArray(), cancellationToken);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            resizes.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                return;
        }
    }
}
