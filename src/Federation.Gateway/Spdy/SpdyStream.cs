using System.IO.Pipelines;

namespace Federation.Gateway.Spdy;

/// <summary>One stream that the other side opened. Whoever takes it completes <see cref="Input"/> in the end.</summary>
internal sealed class SpdyStream(SpdySession session, int id, IReadOnlyDictionary<string, string> headers)
{
    /// <summary>More is not taken in before some of it was read: then the whole connection waits, as it has no other means (see <see cref="SpdySession"/>).</summary>
    private const int MostWaiting = 256 * 1024;

    private readonly Pipe _input = new(new PipeOptions(pauseWriterThreshold: MostWaiting, resumeWriterThreshold: MostWaiting / 2, useSynchronizationContext: false));
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Id => id;

    /// <summary>Names in lower case.</summary>
    public IReadOnlyDictionary<string, string> Headers => headers;

    /// <summary>Ends when the other side has said all; fails with an <see cref="IOException"/> when the stream was reset or the connection is gone.</summary>
    public PipeReader Input => _input.Reader;

    /// <summary>Completes when the stream was reset, by either side, or the connection is gone.</summary>
    public Task Aborted => _aborted.Task;

    /// <summary>Of the session: both sides have said all.</summary>
    internal bool IsDone => IsInputDone && IsOutputDone;

    internal bool IsInputDone { get; private set; }

    internal bool IsOutputDone { get; set; }

    internal PipeWriter Arriving => _input.Writer;

    /// <exception cref="IOException">The stream was reset, or the connection is gone.</exception>
    public Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => session.WriteAsync(this, data, isFin: false, cancellationToken);

    /// <summary>Nothing more comes from here.</summary>
    /// <exception cref="IOException">The stream was reset, or the connection is gone.</exception>
    public Task EndAsync(CancellationToken cancellationToken) => session.WriteAsync(this, default, isFin: true, cancellationToken);

    /// <summary>Ends both directions; the other side learns that something was lost.</summary>
    public Task ResetAsync(SpdyResetCode code, CancellationToken cancellationToken) => session.ResetAsync(this, code, cancellationToken);

    internal void EndInput()
    {
        IsInputDone = true;
        _input.Writer.Complete();
    }

    /// <summary>On the task that fills the input, as <see cref="EndInput"/>.</summary>
    internal void Abort(IOException why)
    {
        if (!IsInputDone)
            _input.Writer.Complete(why);
        Abandon();
    }

    /// <summary>On any other task: the reader completes the input by itself.</summary>
    internal void Abandon()
    {
        IsInputDone = true;
        IsOutputDone = true;
        _aborted.TrySetResult();
    }
}
