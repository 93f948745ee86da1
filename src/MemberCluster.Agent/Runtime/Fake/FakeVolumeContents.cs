using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>The files of one volume, in memory. Safe for concurrent use.</summary>
internal sealed class FakeVolumeFiles
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, byte[]> _entries = new(PathOrder.Instance);
    private int _open;

    public bool IsOpen => Volatile.Read(ref _open) > 0;

    public void Open() => Interlocked.Increment(ref _open);

    public void Close() => Interlocked.Exchange(ref _open, 0);

    public void Put(string path, byte[] entry)
    {
        lock (_lock)
            _entries[path] = entry;
    }

    /// <summary>All as a tar.</summary>
    public byte[] ToTar()
    {
        lock (_lock)
            return [.. _entries.Values.SelectMany(entry => entry), .. new byte[2 * TarReader.Block]];
    }

    /// <summary>Each directory right before what is in it.</summary>
    private sealed class PathOrder : IComparer<string>
    {
        public static PathOrder Instance { get; } = new();

        public int Compare(string? left, string? right) => string.CompareOrdinal(left?.Replace('/', '\0'), right?.Replace('/', '\0'));
    }
}

internal sealed class FakeVolumeContents : IVolumeContents
{
    private readonly FakeEngine _engine;
    private readonly string _name;
    private readonly FakeVolumeFiles _files;

    public FakeVolumeContents(FakeEngine engine, string name, FakeVolumeFiles files)
    {
        (_engine, _name, _files) = (engine, name, files);
        files.Close();
        files.Open();
    }

    public async Task<Stream> ReadAsync(CancellationToken cancellationToken)
    {
        await _engine.BeforeAsync(FakeOperation.ReadVolume, _name, cancellationToken);
        return new MemoryStream(_files.ToTar());
    }

    public async Task WriteAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await _engine.BeforeAsync(FakeOperation.WriteVolume, _name, cancellationToken);
        using var tar = new MemoryStream();
        await write(tar, cancellationToken);
        tar.Position = 0;
        using var reader = new TarReader(tar);
        while (await reader.NextAsync(cancellationToken) is { } entry)
        {
            using var bytes = new MemoryStream();
            bytes.Write(entry.Header.Span);
            while (await reader.ReadContentAsync(cancellationToken) is { IsEmpty: false } part)
                bytes.Write(part.Span);
            bytes.Write(new byte[TarReader.PaddingOf(bytes.Length)]);
            _files.Put(entry.PathText, bytes.ToArray());
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _files.Close();
        return ValueTask.CompletedTask;
    }
}
