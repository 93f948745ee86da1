using Federation.Grains.Objects;
using Federation.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Reconciling;

/// <summary>Fires the durable timers: claims due objects and asks their grains to reconcile, so that a crash strands nothing half done.</summary>
/// <remarks>Grains that are in memory keep their own timers too; this is what still works when they are not.</remarks>
internal sealed partial class ReconcilePump(IObjectStore store, PokeQueue pokes, IIdSource ids, TimeProvider time, ILogger<ReconcilePump> logger) : BackgroundService
{
    private const int Batch = 128;

    /// <summary>After this long another silo may try: longer than any reconcile.</summary>
    private static readonly TimeSpan ClaimFor = TimeSpan.FromSeconds(30);

    /// <summary>Timers set while this sleeps are found at the latest then.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMilliseconds(100);

    private readonly string _claimant = ids.NewUid();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(await PumpAsync(stoppingToken), time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException exception)
            {
                LogStoreUnavailable(logger, exception.Reason, exception.Message);
                await Task.Delay(LongestSleep, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>How long to sleep.</returns>
    private async Task<TimeSpan> PumpAsync(CancellationToken cancellationToken)
    {
        var due = await store.ClaimDueAsync(time.GetUtcNow(), Batch, ClaimFor, _claimant, cancellationToken);
        foreach (var found in due)
            pokes.Add(found.Key);
        if (due.Count == Batch)
            return TimeSpan.Zero;
        var sleep = await store.ReadNextDueAsync(cancellationToken) is { } next ? next - time.GetUtcNow() : LongestSleep;
        return sleep < ShortestSleep ? ShortestSleep : sleep > LongestSleep ? LongestSleep : sleep;
    }

    [LoggerMessage(EventId = 3402, Level = LogLevel.Warning, Message = "Durable timers cannot be read ({Reason}): {Why}")]
    private static partial void LogStoreUnavailable(ILogger logger, StoreUnavailableReason reason, string why);
}
