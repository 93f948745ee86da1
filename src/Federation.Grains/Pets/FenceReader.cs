using Federation.Grains.Objects;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Pets;

/// <summary>Asks clusters whether a fenced pet may still run there.</summary>
internal sealed partial class FenceReader(IGrainFactory grains, ILogger<FenceReader> logger)
{
    /// <summary>A cluster whose grain cannot answer is asked again after this.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    /// <returns>How long until each is fenced, should nobody permit it anything; zero: it is.</returns>
    public async Task<IReadOnlyDictionary<string, TimeSpan>> ReadAsync(IEnumerable<string> clusters, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(clusters.Select(async cluster => KeyValuePair.Create(cluster, await ReadAsync(cluster, cancellationToken))));
        return answers.ToDictionary();
    }

    private async Task<TimeSpan> ReadAsync(string cluster, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetClusterGrain(cluster).FencedInAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotRead(logger, exception, cluster);
            return AskAgain;
        }
    }

    [LoggerMessage(EventId = 3601, Level = LogLevel.Warning, Message = "Cluster {Cluster} could not be asked whether it is fenced; it is asked again")]
    private static partial void LogNotRead(ILogger logger, Exception exception, string cluster);
}
