using System.Threading.Channels;
using Federation.Api;
using Federation.Grains.Objects;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Reconciling;

/// <summary>Asks grains to reconcile, a bounded number at once. An object that waits already is not queued twice.</summary>
internal sealed partial class PokeQueue(IGrainFactory grains, ILogger<PokeQueue> logger) : BackgroundService
{
    private const int AtOnce = 16;

    private readonly Channel<ObjectKey> _queue = Channel.CreateUnbounded<ObjectKey>();
    private readonly HashSet<ObjectKey> _waiting = [];
    private readonly Lock _lock = new();

    public void Add(ObjectKey key)
    {
        lock (_lock)
        {
            if (!_waiting.Add(key))
                return;
        }

        _queue.Writer.TryWrite(key);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var key in _queue.Reader.ReadAllAsync(stoppingToken))
            {
                // Before the call: what changes while it runs must be looked at again.
                lock (_lock)
                    _waiting.Remove(key);
                await PokeAsync(key, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task PokeAsync(ObjectKey key, CancellationToken stoppingToken)
    {
        try
        {
            await grains.GetObjectGrain(key).ReconcileAsync(stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // Level-triggered: whatever made the poke necessary is still there for the next one.
            LogFailed(logger, exception, key);
        }
    }

    [LoggerMessage(EventId = 3401, Level = LogLevel.Warning, Message = "{Key} could not be asked to reconcile")]
    private static partial void LogFailed(ILogger logger, Exception exception, ObjectKey key);
}
