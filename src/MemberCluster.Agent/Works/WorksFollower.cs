using System.Threading.Channels;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Works;

/// <summary>Follows the cluster's stream of works, and resumes it where the durable copy ends. While it is cut off nothing changes.</summary>
internal sealed partial class WorksFollower(
    IControlPlane controlPlane, WorkShelf shelf, Retry retry, TimeProvider time, ILogger<WorksFollower> logger)
{
    private const int LargestBatch = 256;

    /// <summary>A stream without any sign of life is taken for dead; bookmarks come far more often.</summary>
    /// <value>Default: 60 seconds.</value>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Called with the pods that shall stop, as the newest bookmark names them.</summary>
    public Action<IReadOnlyList<PodEviction>>? Evictions { get; set; }

    /// <summary>Called with each newest bookmark, for what it says beside the works.</summary>
    public Action<WorkEvent>? Bookmark { get; set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(() => failures = 0, cancellationToken);
                LogEnded();
            }
            catch (ControlPlaneException exception)
            {
                LogLost(exception.Message);
                await retry.WaitAsync(failures++, exception.Failure, cancellationToken);
                continue;
            }

            await retry.WaitAsync(failures++, ControlPlaneFailure.Unreachable, cancellationToken);
        }
    }

    private async Task FollowAsync(Action onEvent, CancellationToken cancellationToken)
    {
        using var link = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var events = Channel.CreateBounded<WorkEvent>(LargestBatch);
        var reading = ReadAsync(events.Writer, link.Token);
        try
        {
            while (await WaitToReadAsync(events.Reader, link.Token))
            {
                var batch = new List<WorkEvent>();
                while (batch.Count < LargestBatch && events.Reader.TryRead(out var change))
                    batch.Add(change);
                // First what shall stop: a smaller share in the same batch then finds its pod chosen.
                var bookmark = batch.FindLast(change => change.Type == WorkEventType.Bookmark);
                if (bookmark?.Evictions is { Count: > 0 } evictions)
                    Evictions?.Invoke(evictions);
                shelf.Apply(batch);
                if (bookmark is not null)
                    Bookmark?.Invoke(bookmark);
                onEvent();
            }
        }
        finally
        {
            await link.CancelAsync();
            shelf.Disconnected();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> WaitToReadAsync(ChannelReader<WorkEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(Silence, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new ControlPlaneException(ControlPlaneFailure.Unreachable, $"The stream of works was silent for {Silence.TotalSeconds:0} s.");
        }
    }

    private async Task ReadAsync(ChannelWriter<WorkEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in controlPlane.WatchWorksAsync(shelf.Book.Position.Revision, shelf.Book.Position.Store, cancellationToken))
                await events.WriteAsync(change, cancellationToken);
            events.Complete();
        }
        catch (Exception exception)
        {
            events.Complete(exception);
        }
    }

    [LoggerMessage(EventId = 110, Level = LogLevel.Debug, Message = "The stream of works ended; following it again")]
    private partial void LogEnded();

    [LoggerMessage(EventId = 111, Level = LogLevel.Warning, Message = "The stream of works is lost; what runs goes on. {Problem}")]
    private partial void LogLost(string problem);
}
