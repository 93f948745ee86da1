using System.Diagnostics.Metrics;
using Federation.Api;
using Federation.Api.Core;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Grains.Objects;
using Federation.Storage.Cache;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Events;

/// <summary>Writes notes as Event objects, a moment after they were taken. A note that cannot be written is logged and lost: events are advice.</summary>
internal sealed partial class EventWriter(IGrainFactory grains, IObjectCache cache, TimeProvider time, ILogger<EventWriter> logger)
    : BackgroundService, IEventRecorder
{
    /// <summary>Long enough to count a burst as one write, too short to be noticed.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private const int Parallel = 4;

    private static readonly Counter<long> Dropped = GrainMetrics.Meter.CreateCounter<long>("federation.events.dropped", description: "Notes that did not become Events.");

    private readonly EventNotebook _notebook = new();
    private readonly SemaphoreSlim _wake = new(0, 1);

    public void Record(EventNote note)
    {
        if (!_notebook.Add(note, time.GetUtcNow()))
        {
            Dropped.Add(1);
            return;
        }

        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already.
        }
        catch (ObjectDisposedException)
        {
            // Stopping.
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await cache.Ready.WaitAsync(stoppingToken);
            while (true)
            {
                await _wake.WaitAsync(stoppingToken);
                var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = stoppingToken };
                await System.Threading.Tasks.Parallel.ForEachAsync(_notebook.TakeAll(), options, (entry, token) => WriteAsync(entry.Key, entry.Value, token));
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async ValueTask WriteAsync(ObjectKey key, EventNote note, CancellationToken cancellationToken)
    {
        try
        {
            var grain = grains.GetObjectGrain(key);
            var result = cache.Current(key) is { } known
                ? await CountAsync(grain, known, note, cancellationToken)
                : await grain.WriteAsync(Create(key, note), cancellationToken);
            if (result.Failure?.Reason == StatusReasons.NotFound && cache.Current(key) is not null)
                result = await grain.WriteAsync(Create(key, note), cancellationToken);
            if (result.Failure is { } failure)
                Drop(key, failure.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Drop(key, exception.Message);
        }
    }

    private static Task<WriteResult> CountAsync(IObjectGrain grain, CachedObject known, EventNote note, CancellationToken cancellationToken)
    {
        var before = (Event)ApiJson.Read(Kinds.Event, known.Json.Span);
        var counted = before with { Count = before.Count + note.Count, LastTimestamp = note.LastSeen, Message = note.Message };
        return grain.WriteAsync(new WriteCommand { Verb = WriteVerb.Replace, Body = ApiJson.Write(counted), Actor = nameof(EventWriter) }, cancellationToken);
    }

    private static WriteCommand Create(ObjectKey key, EventNote note)
    {
        var created = new Event
        {
            Metadata = new ObjectMeta { Name = key.Name, Namespace = key.Namespace },
            InvolvedObject = note.About,
            Reason = note.Reason,
            Message = note.Message,
            Type = note.IsWarning ? "Warning" : "Normal",
            Count = note.Count,
            FirstTimestamp = note.FirstSeen,
            LastTimestamp = note.LastSeen,
            Source = new EventSource { Component = note.Cluster is null ? "federation" : "agent", Host = note.Cluster },
            ReportingComponent = note.Cluster is null ? "federation" : "agent",
            ReportingInstance = note.Cluster ?? "",
        };
        return new WriteCommand { Verb = WriteVerb.Create, Body = ApiJson.Write(created), Actor = nameof(EventWriter) };
    }

    private void Drop(ObjectKey key, string? reason)
    {
        Dropped.Add(1);
        LogDropped(logger, key, reason);
    }

    [LoggerMessage(EventId = 3301, Level = LogLevel.Debug, Message = "The event {Key} was not written: {Reason}")]
    private static partial void LogDropped(ILogger logger, ObjectKey key, string? reason);
}
