using System.Threading.Channels;

namespace Federation.Simulation.Tests.Network;

/// <summary>A volume as it arrives: the body of an answer that has begun.</summary>
internal sealed class SimVolumeBody(SimWire wire) : Stream
{
    private const int Piece = 1024;
    private ReadOnlyMemory<byte> _rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Sends what is read, on the server, until there is no more; breaks the connection when that cannot be read.</summary>
    /// <param name="wire">To the client.</param>
    /// <param name="read">The next bytes; null: that was all.</param>
    public static async Task ServeAsync(SimWire wire, Func<Task<ReadOnlyMemory<byte>?>> read)
    {
        try
        {
            while (await read() is { } bytes)
            {
                for (var rest = bytes; !rest.IsEmpty; rest = rest[Math.Min(Piece, rest.Length)..])
                    await wire.SendAsync(rest[..Math.Min(Piece, rest.Length)].ToArray(), CancellationToken.None);
            }

            wire.End();
        }
        catch (Exception exception) when (exception is IOException or ChannelClosedException or OperationCanceledException)
        {
            wire.Break();
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (await wire.ReceiveAsync(cancellationToken) is not { } piece)
                return 0;
            _rest = piece;
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // The server learns that nobody reads any more.
        wire.Break();
        base.Dispose(disposing);
    }
}
