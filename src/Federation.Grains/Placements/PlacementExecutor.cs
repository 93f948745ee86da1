using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Domain.Scheduling;
using Federation.Grains.Clusters;
using Federation.Grains.Objects;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Placements;

/// <summary>Carries out a placed object's plan at the clusters; decides nothing.</summary>
internal sealed partial class PlacementExecutor(IGrainFactory grains, ILogger<PlacementExecutor> logger)
{
    /// <summary>A placement is written while its holds are surely still there.</summary>
    public static readonly TimeSpan TrustHoldsFor = ReservationBook.HoldFor - TimeSpan.FromSeconds(10);

    /// <summary>What comes before the status is written, in order.</summary>
    /// <returns>The cluster that has less room than the plan needs; null: everything is done.</returns>
    public async Task<RefusedReservation?> PrepareAsync(PlacedResource placed, long revision, ImmutableArray<PlacementAction> actions, CancellationToken cancellationToken)
    {
        foreach (var action in actions.Where(action => action.ComesBeforeStatus))
        {
            if (action is PlacementAction.Bury bury)
                await BuryAsync(bury.Cluster, bury.Tombstone, cancellationToken);
            if (action is not PlacementAction.Reserve reserve)
                continue;
            var result = await ReserveAsync(placed, revision, reserve.Cluster, reserve.Replicas, reserve.Pod, cancellationToken);
            if (result.Granted < reserve.Replicas)
                return new RefusedReservation(reserve.Cluster, new ResourceAmounts(result.FreeCpuMilli, result.FreeMemoryBytes, result.FreePods));
        }

        return null;
    }

    /// <summary>What comes after. Nothing here has to succeed: a hold that is not given back ends by itself.</summary>
    public async Task FinishAsync(PlacedResource placed, long revision, ImmutableArray<PlacementAction> actions, CancellationToken cancellationToken)
    {
        foreach (var release in actions.OfType<PlacementAction.Release>())
        {
            try
            {
                await ReserveAsync(placed, revision, release.Cluster, release.Replicas, release.Pod, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotReleased(logger, exception, placed.Key.ToString(), release.Cluster);
            }
        }
    }

    /// <summary>What the clusters last said about an object. A cluster that cannot be asked is left out: it reports again by itself.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, WorkStatus>>> ReadWorksAsync(PlacedResource placed, CancellationToken cancellationToken)
    {
        var read = await Task.WhenAll(placed.Shares.Select(share => ReadWorkAsync(share.Cluster, placed.Metadata.Uid ?? "", cancellationToken)));
        return [.. read.OfType<KeyValuePair<string, WorkStatus>>()];
    }

    private async Task<KeyValuePair<string, WorkStatus>?> ReadWorkAsync(string cluster, string uid, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetClusterGrain(cluster).ReadWorkAsync(uid, cancellationToken) is { } status ? KeyValuePair.Create(cluster, status) : null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotRead(logger, exception, cluster);
            return null;
        }
    }

    private Task<ReserveResult> ReserveAsync(PlacedResource placed, long revision, string cluster, int replicas, ResourceAmounts pod, CancellationToken cancellationToken) =>
        grains.GetClusterGrain(cluster).ReserveAsync(
            new ReserveRequest
            {
                App = placed.Key.ToString(),
                Uid = placed.Metadata.Uid ?? "",
                Revision = revision,
                Replicas = replicas,
                CpuMilli = pod.CpuMilli,
                MemoryBytes = pod.MemoryBytes,
            },
            cancellationToken);

    private Task<bool> BuryAsync(string cluster, Tombstone tombstone, CancellationToken cancellationToken) => grains.GetClusterGrain(cluster).BuryAsync(
        new PendingTombstone
        {
            Uid = tombstone.Uid,
            Kind = tombstone.Kind,
            Namespace = tombstone.Namespace,
            Name = tombstone.Name,
            Revision = tombstone.Revision,
        },
        cancellationToken);

    [LoggerMessage(EventId = 3501, Level = LogLevel.Warning, Message = "What {Key} no longer needs at {Cluster} was not given back; the hold ends by itself")]
    private static partial void LogNotReleased(ILogger logger, Exception exception, string key, string cluster);

    [LoggerMessage(EventId = 3502, Level = LogLevel.Warning, Message = "Cluster {Cluster} could not be asked about a work")]
    private static partial void LogNotRead(ILogger logger, Exception exception, string cluster);
}

/// <summary>A cluster has less room than a plan needs.</summary>
/// <param name="Free">What it has for the object, what that takes already included.</param>
internal sealed record RefusedReservation(string Cluster, ResourceAmounts Free);
