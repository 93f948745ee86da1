using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Streams;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Streams;

/// <summary>Commands in containers, and their main processes.</summary>
internal sealed class CommandSource(IContainers containers, TimeProvider time)
{
    public async Task<IStreamContent> ExecAsync(StreamRequest request, StreamTarget target, CancellationToken cancellationToken)
    {
        var spec = new ExecSpec { Command = [.. request.Command], AttachStdin = request.Stdin, Tty = request.Tty };
        return new RunningCommand(await containers.StartExecAsync(target.Container, spec, cancellationToken), request, time);
    }

    public async Task<IStreamContent> AttachAsync(StreamRequest request, StreamTarget target, CancellationToken cancellationToken) =>
        new RunningCommand(await containers.AttachAsync(target.Container, cancellationToken), request, time);
}

/// <summary>A process and its streams: input and terminal sizes go in, output comes out, and its exit code at the end.</summary>
internal sealed class RunningCommand(IAttachedStream process, StreamRequest request, TimeProvider time) : IStreamContent
{
    private static readonly TimeSpan ExitPollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>An output that has ended is followed by the exit, unless the process closed its output and lives on.</summary>
    private static readonly TimeSpan ExitAtMost = TimeSpan.FromSeconds(10);

    public async Task CopyAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var input = CopyInputAsync(tunnel, ending.Token);
        try
        {
            var result = await CopyOutputAsync(tunnel, cancellationToken);
            await tunnel.WriteAsync(StreamChannel.Result, ApiJson.ToUtf8(result), cancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await input;
        }
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private async Task<StreamResult> CopyOutputAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in process.ReadAsync(cancellationToken))
            {
                var isError = chunk.Stream == OutputStream.StandardError;
                if (isError ? request.Stderr : request.Stdout)
                    await tunnel.WriteAsync(isError ? StreamChannel.Error : StreamChannel.Output, chunk.Data, cancellationToken);
            }

            return await WaitForExitAsync(cancellationToken);
        }
        catch (RuntimeException failed)
        {
            return new StreamResult { Problem = failed.Message };
        }
    }

    private async Task<StreamResult> WaitForExitAsync(CancellationToken cancellationToken)
    {
        // Joining a process ends with its output; how it will end is not the joiner's business.
        if (request.Kind == StreamKind.Attach)
            return new StreamResult { ExitCode = 0 };
        var since = time.GetTimestamp();
        while (time.GetElapsedTime(since) < ExitAtMost)
        {
            if (await process.GetExitCodeAsync(cancellationToken) is { } code)
                return new StreamResult { ExitCode = code };
            await Task.Delay(ExitPollInterval, time, cancellationToken);
        }

        return new StreamResult { Problem = "the command closed its output and goes on running" };
    }

    /// <summary>Never fails: a process that does not read its input any more may still have much to say.</summary>
    private async Task CopyInputAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
    {
        var isDeaf = !request.Stdin;
        try
        {
            while (await tunnel.ReadAsync(cancellationToken) is { } frame)
                isDeaf |= !await TakeAsync(frame, isDeaf, cancellationToken);
        }
        catch (Exception ended) when (ended is StreamEndedException or OperationCanceledException)
        {
            // The asker is gone, or the process is.
        }
    }

    /// <returns>False: the process takes no more input.</returns>
    private async Task<bool> TakeAsync(StreamFrame frame, bool isDeaf, CancellationToken cancellationToken)
    {
        try
        {
            if (frame.Channel == StreamChannel.Resize)
                await ResizeAsync(frame.Data, cancellationToken);
            else if (frame.Channel == StreamChannel.Input && !isDeaf && frame.IsEnd)
                await process.CloseInputAsync(cancellationToken);
            else if (frame.Channel == StreamChannel.Input && !isDeaf)
                await process.WriteAsync(frame.Data, cancellationToken);
            return true;
        }
        catch (Exception failed) when (failed is RuntimeException or IOException or System.Net.Sockets.SocketException)
        {
            // A terminal that cannot be resized right now is no reason to stop typing.
            return frame.Channel != StreamChannel.Input;
        }
    }

    private async Task ResizeAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        TerminalSize size;
        try
        {
            size = ApiJson.FromUtf8<TerminalSize>(json.Span);
        }
        catch (System.Text.Json.JsonException)
        {
            return;
        }

        if (size is { Width: > 0, Height: > 0 })
            await process.ResizeAsync(size.Width, size.Height, cancellationToken);
    }
}
