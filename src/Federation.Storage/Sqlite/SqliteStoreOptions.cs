namespace Federation.Storage.Sqlite;

/// <summary>Settings of the embedded store.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>The database file; created with its directory when absent. SQLite keeps two more files and the store one lock file beside it.</summary>
    public required string Path { get; init; }

    /// <summary>How many calls read at once. <value>The default is 4.</value></summary>
    public int Readers { get; init; } = 4;

    /// <summary>How many writes wait in the queue before callers wait for a place in it. <value>The default is 4,096.</value></summary>
    public int QueueCapacity { get; init; } = 4096;
}
