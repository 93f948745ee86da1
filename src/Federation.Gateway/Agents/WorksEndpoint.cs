using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Sources;
using Federation.Gateway.Telemetry;
using Federation.Storage.Cache;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace Federation.Gateway.Agents;

/// <summary><c>GET /agent/v1/clusters/NAME/works</c>: a snapshot or what changed since, then every change, with a bookmark every two seconds.</summary>
internal sealed class WorksEndpoint(
    WorksHub hub, IObjectCache cache, Freshness freshness, GatewayOptions options, GatewayMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public async Task ServeAsync(HttpContext context, string cluster)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var since = context.Request.Query.Revision("since") ?? 0;
        await hub.Loaded.WaitAsync(ending.Token);
        var subscription = hub.Subscribe(cluster);
        try
        {
            var store = subscription.Store.ToString();
            var resumes = since > 0 && context.Request.Query["store"] == store;
            // Another gateway may have been ahead of this one. Without its own acknowledged writes an agent's view never goes back.
            await freshness.WaitAsync(resumes ? since : 0, ending.Token);
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            context.Response.ContentType = Answers.Json;
            using var watching = metrics.Watching("works");
            await StreamAsync(context, subscription, new WorksStream(cluster, store, cache, context.Response.BodyWriter), resumes ? since : null, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The agent went, or the gateway goes: the agent resumes elsewhere.
        }
        finally
        {
            hub.Unsubscribe(subscription);
        }
    }

    private async Task StreamAsync(HttpContext context, WorksSubscription subscription, WorksStream stream, long? since, CancellationToken cancellationToken)
    {
        var output = context.Response.BodyWriter;
        var isFirst = true;
        while (subscription.Take() is var (marked, revision))
        {
            if (!isFirst)
                stream.Follow(marked);
            else if (since is { } after)
                stream.BeginAfter(after, marked);
            else
                stream.BeginSnapshot(marked);
            isFirst = false;
            stream.Bookmark(revision);
            var flushed = await output.FlushAsync(cancellationToken);
            if (flushed.IsCompleted)
                return;
            // Silence this long still ends in a bookmark: the agent's sign that the link lives.
            await subscription.Changed.WaitAsync(options.AgentSignInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
