using Federation.Api.Clusters;
using Federation.Api.Nodes;
using Federation.Grains.Clusters;
using Federation.Grains.Objects;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Pods;

/// <summary>Keeps the subscription to one cluster's pods: renews it before it expires, and at once when a delta is missing.</summary>
internal sealed partial class PodFollower(ClusterPods pods, string cluster, IGrainFactory grains, TimeProvider time, ILogger logger) : IClusterObserver, IAsyncDisposable
{
    /// <summary>A third of what a subscription lasts.</summary>
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _renew = new(0, 1);
    private Task _running = Task.CompletedTask;

    public void Start() => _running = Task.Run(() => RunAsync(_stopping.Token));

    public void Know(Cluster state) => pods.Know(state);

    public Node? FindNode(string node) => pods.FindNode(node);

    public Task PodsChangedAsync(PodDelta delta)
    {
        if (!pods.Follow(delta))
            Renew();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        _renew.Dispose();
    }

    /// <summary>The cluster is gone, and its pods with it.</summary>
    public async Task EndAsync()
    {
        await DisposeAsync();
        pods.Clear();
    }

    private void Renew()
    {
        // At most one renewal waits; a second wish for it is the same wish.
        if (_renew.CurrentCount > 0)
            return;
        try
        {
            _renew.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another delta asked at the same moment.
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        var reference = grains.CreateObjectReference<IClusterObserver>(this);
        var grain = grains.GetClusterGrain(cluster);
        while (!stopping.IsCancellationRequested)
        {
            var pause = RenewAfter;
            try
            {
                if (!pods.Reset(await grain.SubscribeAsync(reference, stopping)))
                    pause = TimeSpan.Zero;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                // Whatever it was: without a subscription the pods shown would silently grow old.
                LogSubscriptionFailed(cluster, failure.Message);
                pause = RetryAfter;
            }

            await WaitAsync(pause, stopping);
        }

        await UnsubscribeAsync(grain, reference);
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(pause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        await _renew.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task UnsubscribeAsync(IMemberClusterGrain grain, IClusterObserver reference)
    {
        try
        {
            await grain.UnsubscribeAsync(reference).WaitAsync(RetryAfter, time);
            grains.DeleteObjectReference<IClusterObserver>(reference);
        }
        catch (Exception failure)
        {
            // The subscription ends by itself a minute later.
            LogSubscriptionFailed(cluster, failure.Message);
        }
    }

    [LoggerMessage(EventId = 4201, Level = LogLevel.Debug, Message = "The subscription to the pods of {Cluster} failed: {Reason}")]
    private partial void LogSubscriptionFailed(string cluster, string reason);
}
