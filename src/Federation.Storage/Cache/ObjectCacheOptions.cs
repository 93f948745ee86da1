namespace Federation.Storage.Cache;

/// <summary>Settings of the watch cache.</summary>
public sealed record ObjectCacheOptions
{
    /// <summary>How many recent changes are kept for watches; a watch that is further behind ends as too slow, and a list is not taken back further than this. <value>The default is 50,000.</value></summary>
    public int RingEvents { get; init; } = 50_000;

    /// <summary>How many bytes of recent changes are kept. <value>The default is 64 MiB.</value></summary>
    public long RingBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many changes are read from the log at once. <value>The default is 500.</value></summary>
    public int PageSize { get; init; } = 500;

    /// <summary>The longest pause between two attempts while the store is away; the first is 50 ms, each next one double. <value>The default is 2 s.</value></summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(2);
}
