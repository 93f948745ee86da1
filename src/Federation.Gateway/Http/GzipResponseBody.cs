using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Federation.Gateway.Http;

/// <summary>The body of an answer that is compressed if it is long: decided when the first piece is sent, by how much there is by then.</summary>
internal sealed class GzipResponseBody(HttpContext context, IHttpResponseBodyFeature inner) : PipeWriter, IHttpResponseBodyFeature, IAsyncDisposable
{
    /// <summary>As in Kubernetes: below, the time to compress is worth more than the bytes saved.</summary>
    public const int LeastLength = 128 * 1024;

    private readonly ArrayBufferWriter<byte> _pending = new();
    private GZipStream? _gzip;
    private bool _isDecided;

    public Stream Stream => AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _pending.WrittenCount;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _pending.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _pending.GetSpan(sizeHint);

    public override void Advance(int bytes) => _pending.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => WriteAsync(default, cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Decide(_pending.WrittenCount + source.Length);
        Pass(_pending.WrittenSpan);
        _pending.ResetWrittenCount();
        Pass(source.Span);
        return inner.Writer.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.Writer.CancelPendingFlush();

    /// <remarks>The request's pipeline calls <see cref="FinishAsync"/>; an answer is not ended twice.</remarks>
    public override void Complete(Exception? exception = null)
    {
    }

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        Decide(_pending.WrittenCount);
        return inner.StartAsync(cancellationToken);
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => inner.SendFileAsync(path, offset, count, cancellationToken);

    public async Task CompleteAsync()
    {
        await FinishAsync();
        await inner.CompleteAsync();
    }

    /// <summary>Sends what is left, and the end of the compressed form.</summary>
    public async Task FinishAsync()
    {
        if (_pending.WrittenCount > 0)
            await FlushAsync(context.RequestAborted);
        if (_gzip is null)
            return;
        await DisposeAsync();
        await inner.Writer.FlushAsync(context.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gzip is { } gzip)
            await gzip.DisposeAsync();
        _gzip = null;
    }

    private void Decide(long length)
    {
        if (_isDecided)
            return;
        _isDecided = true;
        var headers = context.Response.Headers;
        if (length < LeastLength || headers.ContentEncoding.Count > 0)
            return;
        headers.ContentEncoding = "gzip";
        headers.ContentLength = null;
        // RFC 9110, section 8.8.1: what is the same only once unpacked has a weak tag.
        if (headers.ETag.ToString() is { Length: > 0 } tag && !tag.StartsWith("W/", StringComparison.Ordinal))
            headers.ETag = "W/" + tag;
        _gzip = new GZipStream(new PipeSink(inner.Writer), CompressionLevel.Fastest);
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (_gzip is { } gzip)
            gzip.Write(bytes);
        else
            inner.Writer.Write(bytes);
    }

    /// <summary>Puts bytes into a pipe without sending them: whoever writes says when to flush.</summary>
    private sealed class PipeSink(PipeWriter output) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => output.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            output.Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
