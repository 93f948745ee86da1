using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace Federation.Gateway.Agents;

/// <summary><c>GET /agent/v1/clusters/NAME/works</c>: a snapshot or what changed since, then every change, with a bookmark every two seconds.</summary>
internal sealed class WorksEndpoint(WorksFeed feed, GatewayMetrics metrics, IHostApplicationLifetime lifetime)
{
    public async Task ServeAsync(HttpContext context, string cluster)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var since = context.Request.Query.Revision("since") ?? 0;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            using var works = await feed.OpenAsync(cluster, since, context.Request.Query["store"], ending.Token);
            context.Response.ContentType = Answers.Json;
            using var watching = metrics.Watching("works");
            await works.WriteAsync(context.Response.BodyWriter, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The agent went, or the gateway goes: the agent resumes elsewhere.
        }
    }
}
