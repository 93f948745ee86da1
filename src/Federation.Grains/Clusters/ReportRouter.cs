using Federation.Api;
using Federation.Api.Agents;
using Federation.Grains.Objects;
using Federation.Storage.Cache;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Clusters;

/// <summary>Brings what clusters say about works to the objects that own them.</summary>
internal sealed partial class ReportRouter(IGrainFactory grains, IObjectCache cache, ILogger<ReportRouter> logger)
{
    private const int AtOnce = 64;

    /// <summary>True: the work's owner exists, and is the very one the work was made for (one deleted and made again has another uid).</summary>
    public bool HasOwner(WorkStatus work) => Kinds.IsPlaced(work.Kind) && cache.Current(OwnerOf(work))?.Uid == work.Uid;

    /// <returns>The works whose owner could not be told; to be tried again.</returns>
    public async Task<IReadOnlyList<WorkStatus>> DeliverAsync(string cluster, IEnumerable<WorkStatus> works, CancellationToken cancellationToken)
    {
        var failed = new List<WorkStatus>();
        foreach (var chunk in works.Where(HasOwner).Chunk(AtOnce))
        {
            var delivered = await Task.WhenAll(chunk.Select(work => TryDeliverAsync(cluster, work, cancellationToken)));
            failed.AddRange(chunk.Where((_, index) => !delivered[index]));
        }

        return failed;
    }

    private static ObjectKey OwnerOf(WorkStatus work) => new(work.Kind, work.Namespace, work.Name);

    private async Task<bool> TryDeliverAsync(string cluster, WorkStatus work, CancellationToken cancellationToken)
    {
        try
        {
            await grains.ObserveAsync(OwnerOf(work), cluster, work, cancellationToken);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogUndelivered(logger, exception, cluster, OwnerOf(work));
            return false;
        }
    }

    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "What cluster {Cluster} says about {Owner} could not be delivered; it is tried again")]
    private static partial void LogUndelivered(ILogger logger, Exception exception, string cluster, ObjectKey owner);
}
