using Federation.Api.Clusters;
using Federation.Storage.Cache;
using Microsoft.Extensions.Hosting;

namespace Federation.Grains.Reconciling;

/// <summary>The resync of clusters: keeps somebody awake who watches each lease, even when the silo that did so is gone together with the agent.</summary>
internal sealed class ClusterPulse(IObjectCache cache, PokeQueue pokes, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await cache.Ready.WaitAsync(stoppingToken);
            while (true)
            {
                await Task.Delay(Period, time, stoppingToken);
                foreach (var cluster in cache.List(Cluster.KindName))
                    pokes.Add(cluster.Key);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }
}
