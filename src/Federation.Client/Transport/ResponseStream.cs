namespace Federation.Client.Transport;

/// <summary>A body that is read as it comes. Silence for too long is a broken connection.</summary>
internal sealed class ResponseStream(HttpResponseMessage response, Stream body, TimeSpan silenceLimit, TimeProvider time) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => body.Read(buffer, offset, count);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var reading = body.ReadAsync(buffer, cancellationToken);
            // What is there already needs no clock.
            return reading.IsCompletedSuccessfully ? reading.Result : await reading.AsTask().WaitAsync(silenceLimit, time, cancellationToken);
        }
        catch (TimeoutException silence)
        {
            response.Dispose();
            throw new IOException($"Nothing came for {silenceLimit.TotalSeconds:0} s.", silence);
        }
        catch (HttpRequestException broken)
        {
            throw new IOException(broken.Message, broken);
        }
    }

    public override void Flush()
    {
        // There is nothing to write.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            response.Dispose();
        base.Dispose(disposing);
    }
}
