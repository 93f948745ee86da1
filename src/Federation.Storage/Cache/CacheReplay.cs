namespace Federation.Storage.Cache;

/// <summary>Reads the store's log for subscribers that start before the ring, a few at a time: a thousand of them coming back at once must not drown the database.</summary>
internal sealed class CacheReplay(IObjectStore store, int pageSize) : IDisposable
{
    private const int AtOnce = 4;

    private readonly SemaphoreSlim _free = new(AtOnce);

    public async Task<ChangePage> ReadAsync(long afterRevision, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            return await store.ReadChangesAsync(afterRevision, pageSize, withPrevious: true, cancellationToken);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
