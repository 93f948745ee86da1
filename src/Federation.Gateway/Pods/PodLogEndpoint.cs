using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Streams;
using Federation.Gateway.Agents;
using Federation.Gateway.Auth;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Pods;

/// <summary><c>GET …/pods/NAME/log</c>: the bytes come from the pod's agent, through the connection that the agent opened.</summary>
internal sealed partial class PodLogEndpoint(PodDirectory pods, StreamBroker streams, IHostApplicationLifetime lifetime, ILogger<PodLogEndpoint> logger)
{
    public async Task ServeAsync(HttpContext context, ObjectKey key)
    {
        var target = PodTarget.Find(pods, key);
        var query = context.Request.Query;
        if (query.ContainsKey("sinceSeconds") && query.ContainsKey("sinceTime"))
            throw new RefusedException(Statuses.BadRequest("at most one of sinceTime and sinceSeconds may be given"));
        var request = new StreamRequest
        {
            Kind = StreamKind.Logs,
            Namespace = key.Namespace,
            Pod = key.Name,
            Container = target.ContainerOf(query["container"]),
            Follow = query.Bool("follow") == true,
            Previous = query.Bool("previous") == true,
            TailLines = query.NaturalNumber("tailLines"),
            SinceSeconds = query.NaturalNumber("sinceSeconds"),
            SinceTime = query.Time("sinceTime"),
            LimitBytes = query.NaturalNumber("limitBytes"),
            Timestamps = query.Bool("timestamps") == true,
        };
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var stream = await streams.OpenAsync(target.Cluster, request, ending.Token);
        var subject = Caller.Of(context).Subject;
        LogOpened(subject, key.Namespace, key.Name, request.Container, target.Cluster);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/plain; charset=utf-8";
        await CopyAsync(stream.Tunnel!, context, ending.Token);
    }

    private static async Task CopyAsync(StreamTunnel tunnel, HttpContext context, CancellationToken cancellationToken)
    {
        var output = context.Response.BodyWriter;
        await output.FlushAsync(cancellationToken);
        try
        {
            while (await tunnel.ReadAsync(cancellationToken) is { } frame)
                await output.WriteAsync(frame.Data, cancellationToken);
        }
        catch (Exception cut) when (cut is StreamEndedException or OperationCanceledException)
        {
            // Without the end of the body, the client knows that there is more.
            context.Abort();
        }
    }

    [LoggerMessage(EventId = 4314, Level = LogLevel.Information, Message = "{Subject} reads the log of pod {Namespace}/{Pod}, container {Container}, cluster {Cluster}")]
    private partial void LogOpened(string subject, string @namespace, string pod, string container, string cluster);
}
