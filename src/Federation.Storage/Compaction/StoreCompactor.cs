using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Storage.Compaction;

/// <summary>Settings of the compactor.</summary>
public sealed record StoreCompactorOptions
{
    /// <summary>A change stays in the log for at least this long and at most twice as long. <value>The default is 10 minutes.</value></summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>Keeps the log from growing for ever: again and again it compacts through the revision that was the newest one a while ago.</summary>
/// <remarks>Counts time by its own clock only, so nothing depends on clocks of machines that agree. Several on one store do no harm.</remarks>
public sealed partial class StoreCompactor(IObjectStore store, StoreCompactorOptions options, TimeProvider time, ILogger<StoreCompactor> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Keep, time);
        long? old = null;
        try
        {
            do
                old = await CompactAsync(old, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Compaction goes on where it was when the program runs again.
        }
    }

    /// <returns>The newest revision now, which the next round compacts through.</returns>
    private async Task<long?> CompactAsync(long? throughRevision, CancellationToken cancellationToken)
    {
        try
        {
            var current = await store.ReadCurrentRevisionAsync(cancellationToken);
            if (throughRevision is { } through && through <= current)
            {
                var compacted = await store.CompactAsync(through, cancellationToken);
                LogCompacted(compacted);
            }

            return current;
        }
        catch (StoreUnavailableException exception)
        {
            LogFailed(exception.Message);
            return throughRevision;
        }
    }

    [LoggerMessage(EventId = 2201, Level = LogLevel.Debug, Message = "The log is compacted through revision {Revision}")]
    private partial void LogCompacted(long revision);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Warning, Message = "The log could not be compacted and will be next time: {Reason}")]
    private partial void LogFailed(string reason);
}
