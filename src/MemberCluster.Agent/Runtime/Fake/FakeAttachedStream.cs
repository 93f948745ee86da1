using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>Streams of a command, or of a container's program (which reads no input).</summary>
internal sealed class FakeAttachedStream : IAttachedStream
{
    private readonly Channel<OutputChunk> _output = Channel.CreateUnbounded<OutputChunk>();
    private readonly Pipe _input = new();
    private readonly CancellationTokenSource _disposed = new();
    private Task<int> _exitCode = Task.FromResult(0);
    private FakeExecSession? _session;

    private FakeAttachedStream()
    {
    }

    public static FakeAttachedStream ToExec(FakeContainer container, ExecSpec spec)
    {
        var stream = new FakeAttachedStream();
        var input = spec.AttachStdin ? stream._input.Reader.AsStream() : Stream.Null;
        var session = new FakeExecSession(container.Read(), spec, input, (kind, text) =>
            stream._output.Writer.TryWrite(new OutputChunk(spec.Tty ? OutputStream.StandardOutput : kind, Encoding.UTF8.GetBytes(text))));
        stream._session = session;
        stream._exitCode = stream.RunAsync(() => container.Program.Exec(session, stream._disposed.Token));
        return stream;
    }

    public static FakeAttachedStream ToContainer(FakeContainer container)
    {
        var stream = new FakeAttachedStream();
        stream._exitCode = stream.RunAsync(async () =>
        {
            var query = new LogQuery { Follow = true, Tail = 0 };
            await foreach (var chunk in container.Output.ReadAsync(query, container.IsRunning, stream._disposed.Token))
                stream._output.Writer.TryWrite(chunk);
            return container.Read().ExitCode ?? 0;
        });
        return stream;
    }

    public IAsyncEnumerable<OutputChunk> ReadAsync(CancellationToken cancellationToken) => _output.Reader.ReadAllAsync(cancellationToken);

    public async Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => await _input.Writer.WriteAsync(data, cancellationToken);

    public async Task CloseInputAsync(CancellationToken cancellationToken) => await _input.Writer.CompleteAsync();

    public Task ResizeAsync(int columns, int rows, CancellationToken cancellationToken)
    {
        _session?.Resize(columns, rows);
        return Task.CompletedTask;
    }

    public async Task<int?> GetExitCodeAsync(CancellationToken cancellationToken) => _exitCode.IsCompleted ? await _exitCode : null;

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _input.Writer.CompleteAsync();
        await _exitCode;
        _disposed.Dispose();
    }

    private async Task<int> RunAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException)
        {
            return 137;
        }
        finally
        {
            _output.Writer.TryComplete();
        }
    }
}
