using Federation.Storage.Cache;
using Federation.Storage.Sqlite;
using Federation.Storage.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Storage.Tests.Cache;

/// <summary>A store in a directory of its own and caches that follow it.</summary>
internal sealed class CacheFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<ObjectCache> _caches = [];

    private CacheFixture()
    {
    }

    public FlakyStore Store { get; private set; } = null!;

    public static async Task<CacheFixture> CreateAsync()
    {
        var fixture = new CacheFixture();
        var options = new SqliteStoreOptions { Path = Path.Combine(fixture._directory.Path, "store.db") };
        fixture.Store = new FlakyStore(await SqliteObjectStore.OpenAsync(options, NullLogger<SqliteObjectStore>.Instance, Sample.Deadline()));
        return fixture;
    }

    public async Task<ObjectCache> StartCacheAsync(ObjectCacheOptions? options = null)
    {
        var cache = StartCache(options);
        await cache.Ready.WaitAsync(Sample.Deadline());
        return cache;
    }

    public ObjectCache StartCache(ObjectCacheOptions? options = null)
    {
        var cache = new ObjectCache(Store, options ?? new ObjectCacheOptions(), TimeProvider.System, NullLogger<ObjectCache>.Instance);
        _caches.Add(cache);
        _ = cache.StartAsync(CancellationToken.None);
        return cache;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cache in _caches)
        {
            await cache.StopAsync(CancellationToken.None);
            cache.Dispose();
        }

        await Store.DisposeAsync();
        _directory.Dispose();
    }
}
