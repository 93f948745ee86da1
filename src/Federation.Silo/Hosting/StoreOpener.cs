using Federation.Storage;
using Federation.Storage.Postgres;
using Federation.Storage.Sqlite;

namespace Federation.Silo.Hosting;

/// <summary>Opens the store before anything else starts: without it there is nothing to serve.</summary>
internal static class StoreOpener
{
    /// <summary>The SQLite store's.</summary>
    public static string FileOf(SiloOptions options) => Path.Combine(options.Data, "store.db");

    /// <exception cref="StoreUnavailableException">It cannot be opened.</exception>
    public static async Task<IObjectStore> OpenAsync(SiloOptions options, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        if (options.Postgres is { } connection)
            return await PostgresObjectStore.OpenAsync(new PostgresStoreOptions { ConnectionString = connection }, TimeProvider.System, logs.CreateLogger<PostgresObjectStore>(), cancellationToken);
        Directory.CreateDirectory(options.Data);
        return await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { Path = FileOf(options) }, logs.CreateLogger<SqliteObjectStore>(), cancellationToken);
    }
}
