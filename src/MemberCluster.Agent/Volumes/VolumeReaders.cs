namespace MemberCluster.Agent.Volumes;

/// <summary>Who reads pets' volumes for a copy. A pet that is to start does not wait for them: they are cut. Thread-safe.</summary>
internal sealed class VolumeReaders
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<CancellationTokenSource>> _readers = [];

    /// <summary>A reader must be known before he asks whether the pet runs: who starts it either is seen by him, or cuts him.</summary>
    public Reader Enter(string volume)
    {
        var reader = new CancellationTokenSource();
        lock (_lock)
        {
            if (!_readers.TryGetValue(volume, out var all))
                _readers[volume] = all = [];
            all.Add(reader);
        }

        return new Reader(this, volume, reader);
    }

    /// <summary>Something else begins to use the volume.</summary>
    public void Cut(string volume)
    {
        List<CancellationTokenSource> readers;
        lock (_lock)
        {
            if (!_readers.Remove(volume, out var all))
                return;
            readers = all;
        }

        foreach (var reader in readers)
            reader.Cancel();
    }

    private void Leave(string volume, CancellationTokenSource reader)
    {
        lock (_lock)
        {
            if (_readers.TryGetValue(volume, out var all) && all.Remove(reader) && all.Count == 0)
                _readers.Remove(volume);
        }
    }

    internal sealed class Reader(VolumeReaders readers, string volume, CancellationTokenSource cut) : IDisposable
    {
        /// <summary>Cancelled when the volume is needed.</summary>
        public CancellationToken Cut => cut.Token;

        // Not disposed of: whoever cuts may be doing so now.
        public void Dispose() => readers.Leave(volume, cut);
    }
}
