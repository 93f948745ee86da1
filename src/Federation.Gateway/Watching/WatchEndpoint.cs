using System.IO.Pipelines;
using Federation.Api.Meta;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Sources;
using Federation.Gateway.Tables;
using Federation.Gateway.Telemetry;
using Federation.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace Federation.Gateway.Watching;

/// <summary><c>GET</c> of a collection with <c>watch=true</c>. Each watch reads the source at its own pace: one that falls too far behind is told 410.</summary>
internal sealed class WatchEndpoint(GatewayOptions options, TableWriter tables, GatewayMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Unsent bytes from which a batch is sent before it is complete.</summary>
    private const int FlushAt = 256 * 1024;

    public async Task ServeAsync(HttpContext context, KindServer server, string? @namespace)
    {
        var query = context.Request.Query;
        var form = AcceptHeader.FormOf(context);
        var include = TableWriter.IncludeObjectOf(query);
        var filter = ObjectFilter.Parse(server.Kind, @namespace, query);
        var request = WatchRequest.Parse(query);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await context.WaitFreshAsync(server.Source, request.Revision);

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = Answers.Json;
        var output = context.Response.BodyWriter;
        var frames = new WatchFrames(output, server.Kind, filter, form, tables, include);
        using var watching = metrics.Watching(server.Kind.Plural);
        try
        {
            var start = await BeginAsync(context, server, filter, request, frames, ending.Token);
            await FollowAsync(context, server.Source.Subscribe(server.Kind.Kind, start), start, request, frames, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client went, or the gateway goes: the answer ends here and the client resumes elsewhere.
        }
        catch (StoreUnavailableException)
        {
            // The changes it asks for are not in memory and the log cannot be read: ending lets the client try again.
        }
    }

    private static async Task<long> BeginAsync(
        HttpContext context, KindServer server, ObjectFilter filter, WatchRequest request, WatchFrames frames, CancellationToken cancellationToken)
    {
        var output = context.Response.BodyWriter;
        var start = request.Revision is { } revision and > 0 ? revision : server.Source.Revision;
        if (request.SendsInitialEvents)
        {
            var snapshot = server.Source.List(server.Kind.Kind, filter.Namespace);
            start = snapshot.Revision;
            foreach (var view in filter.Candidates(snapshot))
            {
                if (!filter.Matches(view))
                    continue;
                frames.Write("ADDED", view);
                if (output.UnflushedBytes > FlushAt)
                    await output.FlushAsync(cancellationToken);
            }

            if (request.MarksInitialEventsEnd)
                frames.WriteBookmark(start, isInitialEventsEnd: true);
        }

        // Also without any event: the client waits for the headers.
        await output.FlushAsync(cancellationToken);
        return start;
    }

    private async Task FollowAsync(HttpContext context, IChangeFeed feed, long revision, WatchRequest request, WatchFrames frames, CancellationToken cancellationToken)
    {
        var output = context.Response.BodyWriter;
        var end = time.GetUtcNow() + (request.Timeout ?? options.WatchTimeout);
        var nextBookmark = NextBookmark(request);
        using var alarm = new WatchAlarm(time, cancellationToken);
        while (true)
        {
            var now = time.GetUtcNow();
            if (request.SendsBookmarks && (now >= nextBookmark || now >= end))
            {
                frames.WriteBookmark(revision);
                await output.FlushAsync(cancellationToken);
                nextBookmark = NextBookmark(request);
            }

            if (now >= end)
                return;
            var batch = await feed.ReadAsync(alarm.At(nextBookmark < end ? nextBookmark : end), cancellationToken);
            revision = batch.Revision;
            if (!await SendAsync(batch, output, frames, cancellationToken))
                return;
        }
    }

    private DateTimeOffset NextBookmark(WatchRequest request) => request.SendsBookmarks ? time.GetUtcNow() + options.BookmarkInterval : DateTimeOffset.MaxValue;

    /// <returns>False: the watch is over.</returns>
    private async Task<bool> SendAsync(ChangeBatch batch, PipeWriter output, WatchFrames frames, CancellationToken cancellationToken)
    {
        var sent = 0;
        foreach (var change in batch.Changes)
        {
            if (frames.Write(change))
                sent++;
            if (output.UnflushedBytes > FlushAt)
                await output.FlushAsync(cancellationToken);
        }

        metrics.WatchEventsSent(sent);
        if (batch.End == FeedEnd.Expired)
            frames.WriteError(Statuses.Expired());
        if (sent > 0 || batch.End == FeedEnd.Expired)
        {
            var flushed = await output.FlushAsync(cancellationToken);
            if (flushed.IsCompleted)
                return false;
        }

        return batch.End == FeedEnd.None;
    }
}
