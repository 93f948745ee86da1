using System.Buffers;

namespace MemberCluster.Agent.Volumes;

/// <summary>Reads a tar as it comes, entry by entry (POSIX.1-2001 pax, and GNU's long names and large numbers). Changes no byte, so that what was read can be passed on as it is.</summary>
/// <remarks>The framework's reader decodes names as text; a file's name need not be any. Memory: one buffer, and the headers of one entry.</remarks>
internal sealed class TarReader(Stream source) : IDisposable
{
    public const int Block = 512;

    /// <summary>Extended headers of one entry: names and attributes.</summary>
    private const int LargestExtension = 1024 * 1024;
    private const int BufferSize = 512 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private readonly ArrayBufferWriter<byte> _header = new();
    private int _start;
    private int _end;
    private long _content;
    private int _padding;
    private bool _isDisposed;

    /// <summary>The next entry; what was not read of the one before is skipped. Null: the tar has ended in good order.</summary>
    /// <exception cref="InvalidDataException">It is no tar.</exception>
    /// <exception cref="EndOfStreamException">It ends in the middle.</exception>
    public async ValueTask<TarEntry?> NextAsync(CancellationToken cancellationToken)
    {
        while (!(await ReadContentAsync(cancellationToken)).IsEmpty)
        {
            // Nobody wants it.
        }

        _header.ResetWrittenCount();
        var extension = new TarExtension();
        while (true)
        {
            var block = await TakeAsync(Block, cancellationToken);
            if (block.Span.IndexOfAnyExcept((byte)0) < 0)
            {
                // Two of them end a tar.
                await TakeAsync(Block, cancellationToken);
                return null;
            }

            var header = TarHeader.Parse(block.Span);
            if (header.Type == (byte)'g')
            {
                // Nothing that engines say about all entries concerns one of them.
                await SkipAsync(header.Size, cancellationToken);
                continue;
            }

            _header.Write(block.Span);
            if (!TarExtension.Is(header.Type))
            {
                var entry = extension.Complete(header, _header.WrittenMemory);
                _content = entry.Type == TarEntry.RegularFile ? entry.Size : 0;
                _padding = PaddingOf(_content);
                return entry;
            }

            if (header.Size > LargestExtension)
                throw new InvalidDataException("an entry of the tar has more headers than any file needs");
            var padded = (int)header.Size + PaddingOf(header.Size);
            var content = await TakeAsync(padded, cancellationToken);
            _header.Write(content.Span);
            extension.Add(header.Type, content.Span[..(int)header.Size]);
        }
    }

    /// <summary>The next part of the entry's contents, valid until the next call; empty at its end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadContentAsync(CancellationToken cancellationToken)
    {
        if (_content == 0)
        {
            if (_padding > 0)
                await TakeAsync(_padding, cancellationToken);
            _padding = 0;
            return default;
        }

        if (_start == _end)
            await FillAsync(1, cancellationToken);
        var length = (int)Math.Min(_content, _end - _start);
        var part = _buffer.AsMemory(_start, length);
        _start += length;
        _content -= length;
        return part;
    }

    /// <summary>What comes after the tar.</summary>
    public async Task<byte[]> ReadRestAsync(int atMost, CancellationToken cancellationToken)
    {
        var rest = new ArrayBufferWriter<byte>();
        while (true)
        {
            rest.Write(_buffer.AsSpan(_start, _end - _start));
            _start = _end = 0;
            if (rest.WrittenCount > atMost)
                throw new InvalidDataException("more follows the tar than should");
            _end = await source.ReadAsync(_buffer.AsMemory(0, Math.Min(_buffer.Length, atMost + 1)), cancellationToken);
            if (_end == 0)
                return rest.WrittenSpan.ToArray();
        }
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    /// <summary>Zeros after contents of this length, up to a whole block.</summary>
    public static int PaddingOf(long length) => (int)((Block - (length % Block)) % Block);

    private async ValueTask SkipAsync(long length, CancellationToken cancellationToken)
    {
        for (var left = length + PaddingOf(length); left > 0;)
            left -= (await TakeAsync((int)Math.Min(left, Block), cancellationToken)).Length;
    }

    private async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int length, CancellationToken cancellationToken)
    {
        if (_end - _start < length)
        {
            if (length > _buffer.Length)
                return await TakeLargeAsync(length, cancellationToken);
            await FillAsync(length, cancellationToken);
        }

        var taken = _buffer.AsMemory(_start, length);
        _start += length;
        return taken;
    }

    private async ValueTask<ReadOnlyMemory<byte>> TakeLargeAsync(int length, CancellationToken cancellationToken)
    {
        var taken = new byte[length];
        for (var written = 0; written < length;)
        {
            if (_start == _end)
                await FillAsync(1, cancellationToken);
            var part = Math.Min(_end - _start, length - written);
            _buffer.AsSpan(_start, part).CopyTo(taken.AsSpan(written));
            (_start, written) = (_start + part, written + part);
        }

        return taken;
    }

    private async ValueTask FillAsync(int least, CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        while (_end < least)
        {
            var read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
                throw new EndOfStreamException("the tar ends in the middle");
            _end += read;
        }
    }
}
