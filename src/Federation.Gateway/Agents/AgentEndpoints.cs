using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Streams;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Telemetry;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Federation.Gateway.Agents;

/// <summary>Maps what agents call. Who may call what is decided before (<see cref="Auth.AccessMiddleware"/>).</summary>
internal sealed class AgentEndpoints(
    IGrainFactory grains, JoinEndpoint joins, WorksEndpoint works, VolumeEndpoint volumes, PeersEndpoint peers, StreamBroker streams, GatewayOptions options, GatewayMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Both ends always read, so a ping without an answer means that the other one is gone.</summary>
    private static readonly TimeSpan StreamPingInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StreamPingTimeout = TimeSpan.FromSeconds(10);

    public void Map(IEndpointRouteBuilder endpoints)
    {
        Map(endpoints, AgentPaths.Join, HttpMethods.Post, joins.JoinAsync);
        Map(endpoints, AgentPaths.Tokens, HttpMethods.Post, joins.CreateTokenAsync);
        Map(endpoints, AgentPaths.Works("{cluster}"), HttpMethods.Get, context => works.ServeAsync(context, Cluster(context)));
        Map(endpoints, AgentPaths.Peers("{cluster}"), HttpMethods.Get, context => peers.ServeAsync(context, Cluster(context)));
        Map(endpoints, AgentPaths.Reports("{cluster}"), HttpMethods.Post, ReportAsync);
        Map(endpoints, AgentPaths.Streams("{cluster}"), HttpMethods.Get, RequestsAsync);
        endpoints.Map(AgentPaths.VolumeForm, volumes.ServeAsync);
        endpoints.Map(AgentPaths.SnapshotForm, volumes.ServeSnapshotAsync);
        endpoints.Map(AgentPaths.Stream("{cluster}", "{id}"), context => context.WebSockets.IsWebSocketRequest ? StreamAsync(context)
            : HttpMethods.IsPost(context.Request.Method) ? RefuseStreamAsync(context)
            : throw new RefusedException(Statuses.MethodNotAllowed()));
    }

    /// <exception cref="RefusedException">400, 413 or 415.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, long limit)
        where T : new()
    {
        var body = await RequestBody.ReadObjectAsync(context, limit);
        try
        {
            return body.IsEmpty ? new T() : ApiJson.FromUtf8<T>(body.Span);
        }
        catch (JsonException wrong)
        {
            throw new RefusedException(Statuses.BadRequest($"the body is not a valid {typeof(T).Name}: {wrong.Message}"));
        }
    }

    private static void Map(IEndpointRouteBuilder endpoints, string pattern, string method, RequestDelegate serve) =>
        endpoints.Map(pattern, context => context.Request.Method == method ? serve(context) : throw new RefusedException(Statuses.MethodNotAllowed()));

    private static string Cluster(HttpContext context) => (string)context.GetRouteValue("cluster")!;

    private async Task ReportAsync(HttpContext context)
    {
        var report = await ReadAsync<Report>(context, options.ReportLimit);
        var answer = await grains.GetClusterGrain(Cluster(context)).ReportAsync(report, context.RequestAborted);
        metrics.Reported(report.Pods.Count, answer.Resync);
        await context.WriteJsonAsync(ApiJson.ToUtf8(answer));
    }

    private async Task RequestsAsync(HttpContext context)
    {
        var cluster = Cluster(context);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = Answers.Json;
        var requests = streams.Connect(cluster);
        try
        {
            await WriteLineAsync(context, new StreamRequest { Kind = StreamKind.Ping }, ending.Token);
            while (!requests.Completion.IsCompleted)
            {
                if (requests.TryRead(out var request))
                {
                    await WriteLineAsync(context, request, ending.Token);
                    continue;
                }

                Task waiting = requests.WaitToReadAsync(ending.Token).AsTask();
                await waiting.WaitAsync(options.AgentSignInterval, time, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ending.Token.ThrowIfCancellationRequested();
                if (!waiting.IsCompleted)
                    await WriteLineAsync(context, new StreamRequest { Kind = StreamKind.Ping }, ending.Token);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The agent went, or the gateway goes.
        }
        finally
        {
            streams.Disconnect(cluster, requests);
        }
    }

    private static async Task WriteLineAsync(HttpContext context, StreamRequest request, CancellationToken cancellationToken)
    {
        var output = context.Response.BodyWriter;
        System.Buffers.BuffersExtensions.Write(output, ApiJson.ToUtf8(request));
        System.Buffers.BuffersExtensions.Write(output, "\n"u8);
        await output.FlushAsync(cancellationToken);
    }

    private async Task StreamAsync(HttpContext context)
    {
        var (cluster, id) = (Cluster(context), (string)context.GetRouteValue("id")!);
        if (!streams.IsAwaited(cluster, id))
            throw NobodyWaits();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = StreamPingInterval, KeepAliveTimeout = StreamPingTimeout });
        await using var tunnel = new StreamTunnel(socket);
        var stream = new AgentStream(tunnel);
        if (streams.Offer(cluster, id, stream))
            await stream.Done.WaitAsync(ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary><c>?code=&amp;error=</c> says why there is no stream.</summary>
    private Task RefuseStreamAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var message = query["error"].ToString() is { Length: > 0 } text ? text : throw new RefusedException(Statuses.BadRequest("a refusal says why: error is missing"));
        Status failure = query.NaturalNumber("code") switch
        {
            404 => Statuses.PathNotFound() with { Message = message },
            400 => Statuses.BadRequest(message),
            409 => Statuses.PathNotFound() with { Code = 409, Reason = StatusReasons.Conflict, Message = message },
            429 => Statuses.TooManyRequests(1, message),
            500 => Statuses.InternalError(message),
            502 => Statuses.InternalError(message) with { Message = message },
            _ => Statuses.ServiceUnavailable(message),
        };
        return streams.Offer(Cluster(context), (string)context.GetRouteValue("id")!, new AgentStream(failure)) ? Task.CompletedTask : throw NobodyWaits();
    }

    private static RefusedException NobodyWaits() => new(Statuses.PathNotFound() with { Message = "nobody waits for this stream" });
}
