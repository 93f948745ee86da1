using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Meta;
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
    IGrainFactory grains, JoinEndpoint joins, WorksEndpoint works, StreamBroker streams, GatewayOptions options, GatewayMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        Map(endpoints, AgentPaths.Join, HttpMethods.Post, joins.JoinAsync);
        Map(endpoints, AgentPaths.Tokens, HttpMethods.Post, joins.CreateTokenAsync);
        Map(endpoints, AgentPaths.Works("{cluster}"), HttpMethods.Get, context => works.ServeAsync(context, Cluster(context)));
        Map(endpoints, AgentPaths.Reports("{cluster}"), HttpMethods.Post, ReportAsync);
        Map(endpoints, AgentPaths.Streams("{cluster}"), HttpMethods.Get, RequestsAsync);
        Map(endpoints, AgentPaths.Stream("{cluster}", "{id}"), HttpMethods.Post, StreamAsync);
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

    /// <summary>The bytes of one stream; <c>?code=&amp;error=</c> in place of a body says why there are none.</summary>
    private async Task StreamAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        // A followed log may be silent for hours.
        if (context.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        var stream = new AgentStream(context.Request.BodyReader, FailureOf(context.Request.Query));
        if (!streams.Offer(Cluster(context), (string)context.GetRouteValue("id")!, stream))
            throw new RefusedException(Statuses.PathNotFound() with { Message = "nobody waits for this stream" });
        await stream.Done.WaitAsync(context.RequestAborted);
    }

    private static Status? FailureOf(IQueryCollection query)
    {
        if (query["error"].ToString() is not { Length: > 0 } message)
            return null;
        return query.NaturalNumber("code") switch
        {
            404 => Statuses.PathNotFound() with { Message = message },
            400 => Statuses.BadRequest(message),
            _ => Statuses.ServiceUnavailable(message),
        };
    }
}
