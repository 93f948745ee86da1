namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>
/// A connection that stays readable when the other side has stopped reading. An engine that refuses an upload halfway (its disk
/// is full) answers and closes; the HTTP client would report the broken pipe and lose the answer that says why.
/// </summary>
internal sealed class EarlyAnswerStream(Stream inner) : Stream
{
    // Once writing has failed, the rest of the request is dropped; without an answer, reading fails soon enough.
    private bool _isPeerDeaf;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (_isPeerDeaf)
            return;
        try
        {
            inner.Write(buffer, offset, count);
        }
        catch (IOException)
        {
            _isPeerDeaf = true;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isPeerDeaf)
            return;
        try
        {
            await inner.WriteAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            _isPeerDeaf = true;
        }
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
