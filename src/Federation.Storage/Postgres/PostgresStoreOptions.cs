namespace Federation.Storage.Postgres;

/// <summary>Settings of the store on PostgreSQL 13 or newer.</summary>
public sealed record PostgresStoreOptions
{
    /// <summary>An Npgsql connection string. The user must own the database or the schema <c>federation</c> in it.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>How many connections read at once; the store uses three more: to write, to notify and to listen. <value>The default is 8.</value></summary>
    public int Readers { get; init; } = 8;

    /// <summary>How many writes wait in the queue before callers wait for a place in it. <value>The default is 4,096.</value></summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>How long a silent listening connection is trusted before the database is asked. <value>The default is 5 s.</value></summary>
    public TimeSpan ListenTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
