using System.Collections.Concurrent;

namespace Federation.Storage.Sqlite;

/// <summary>A bounded set of reading connections, opened when first needed and thrown away after a failure.</summary>
internal sealed class SqliteReaderPool(string path, int size) : IDisposable
{
    private readonly SemaphoreSlim _free = new(size);
    private readonly ConcurrentBag<SqliteReader> _idle = [];
    private volatile bool _closed;

    public async Task<T> ReadAsync<T>(Func<SqliteReader, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        SqliteReader? reader = null;
        try
        {
            if (_closed)
                throw new StoreUnavailableException(StoreUnavailableReason.Closed, "The store is closed.");
            if (!_idle.TryTake(out reader))
                reader = Open();
            var result = read(reader);
            _idle.Add(reader);
            reader = null;
            return result;
        }
        finally
        {
            reader?.Dispose();
            _free.Release();
        }
    }

    /// <summary>Waits for the reads under way, then closes every connection.</summary>
    public void Dispose()
    {
        _closed = true;
        for (var taken = 0; taken < size; taken++)
            _free.Wait();
        while (_idle.TryTake(out var reader))
            reader.Dispose();
        _free.Release(size);
    }

    private SqliteReader Open()
    {
        var database = SqliteDatabase.OpenReader(path);
        try
        {
            return new SqliteReader(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
