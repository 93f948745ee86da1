using System.Buffers;
using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Streams;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.ControlPlane;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ClusterRole.Listening;

/// <summary>What nodes call: the gateway's endpoints for agents (<see cref="AgentPaths"/>), with the node's host in the place of the cluster.</summary>
internal sealed partial class NodeEndpoints(
    string cluster, NodeHub hub, NodeAdmission admission, NodeCredentials credentials, TimeProvider time, ILogger<NodeEndpoints> logger, CancellationToken stopping)
{
    private const string Json = "application/json";
    private const int CopyBuffer = 32 * 1024;
    private const string ClusterPrefix = "/agent/v1/clusters/";

    public async Task ServeAsync(HttpContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await RouteAsync(context, ending.Token);
        }
        catch (ControlPlaneException refused)
        {
            LogRefused(context.Request.Path, refused.Message);
            if (!context.Response.HasStarted)
                await RefuseAsync(context, refused.Failure == ControlPlaneFailure.Refused ? 422 : 503, refused.Message);
        }
        catch (JsonException wrong)
        {
            await RefuseAsync(context, 400, wrong.Message);
        }
        catch (BadHttpRequestException wrong)
        {
            await RefuseAsync(context, wrong.StatusCode, wrong.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The node went, or this agent goes: the node comes back.
        }
    }

    private Task RouteAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var path = context.Request.Path.Value ?? "";
        if (path == AgentPaths.Join)
            return JoinAsync(context, cancellationToken);
        var parts = path.StartsWith(ClusterPrefix, StringComparison.Ordinal) ? path[ClusterPrefix.Length..].Split('/') : [];
        if (parts.Length < 2)
            return RefuseAsync(context, 404, "there is nothing here");
        var host = parts[0];
        if (Bearer(context) is not { } secret || !credentials.IsValid(host, secret, out var ended))
            return RefuseAsync(context, 401, $"the credential is not that of node {host}");
        return ServeNodeAsync(context, NodeNames.Of(cluster, host), parts, ended, cancellationToken);
    }

    /// <summary>What a node has opened ends with the credential that it showed: one that was forgotten hears nothing more.</summary>
    private async Task ServeNodeAsync(HttpContext context, string node, string[] parts, CancellationToken ended, CancellationToken requestEnds)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(requestEnds, ended);
        var cancellationToken = ending.Token;
        await ((context.Request.Method, parts[1], parts.Length) switch
        {
            ("GET", "works", 2) => WorksAsync(context, node, cancellationToken),
            ("POST", "reports", 2) => ReportAsync(context, node, cancellationToken),
            ("GET", "streams", 2) => RequestsAsync(context, node, cancellationToken),
            ("POST", "streams", 3) => RefuseStreamAsync(context, node, parts[2], cancellationToken),
            (_, "streams", 3) when context.WebSockets.IsWebSocketRequest => StreamAsync(context, node, parts[2], cancellationToken),
            ("GET", "volumes", 6) => VolumeAsync(context, node, parts, cancellationToken),
            ("GET", "snapshots", 5) => SnapshotAsync(context, node, parts, cancellationToken),
            _ => RefuseAsync(context, 404, "there is nothing here"),
        });
    }

    private async Task JoinAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = await ReadAsync<JoinRequest>(context, cancellationToken);
        var (answer, code, refusal) = await admission.JoinAsync(Bearer(context) ?? "", request);
        await (answer is null ? RefuseAsync(context, code, refusal) : WriteAsync(context, ApiJson.ToUtf8(answer)));
    }

    private async Task WorksAsync(HttpContext context, string node, CancellationToken cancellationToken)
    {
        var query = context.Request.Query;
        var since = long.TryParse(query["since"], out var revision) ? revision : 0;
        await StreamLinesAsync(context, hub.WatchWorksAsync(node, since, query["store"], cancellationToken), idle: null, cancellationToken);
    }

    private async Task ReportAsync(HttpContext context, string node, CancellationToken cancellationToken)
    {
        var report = await ReadAsync<Report>(context, cancellationToken);
        await WriteAsync(context, ApiJson.ToUtf8(await hub.ReportAsync(node, report, cancellationToken)));
    }

    private Task RequestsAsync(HttpContext context, string node, CancellationToken cancellationToken) =>
        StreamLinesAsync(context, hub.WatchStreamsAsync(node, cancellationToken), new StreamRequest { Kind = StreamKind.Ping }, cancellationToken);

    private async Task RefuseStreamAsync(HttpContext context, string node, string id, CancellationToken cancellationToken)
    {
        var query = context.Request.Query;
        await hub.Streams.RefuseAsync(node, id, int.TryParse(query["code"], out var code) ? code : 503, query["error"].ToString(), cancellationToken);
    }

    private async Task StreamAsync(HttpContext context, string node, string id, CancellationToken cancellationToken)
    {
        if (!hub.Streams.IsAwaited(node, id))
        {
            await RefuseAsync(context, 404, "nobody waits for this stream");
            return;
        }

        var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.FromSeconds(5), KeepAliveTimeout = TimeSpan.FromSeconds(10) });
        await using var tunnel = new StreamTunnel(socket);
        await hub.Streams.RelayAsync(node, id, tunnel, cancellationToken);
    }

    private async Task VolumeAsync(HttpContext context, string node, string[] parts, CancellationToken cancellationToken)
    {
        if (!int.TryParse(parts[3], out var ordinal) || !long.TryParse(parts[4], out var epoch) || !long.TryParse(context.Request.Query["skip"].FirstOrDefault() ?? "0", out var skip))
        {
            await RefuseAsync(context, 400, "a number in the path is none");
            return;
        }

        await using var volume = await hub.OpenVolumeAsync(node, new VolumeQuery(parts[2], ordinal, epoch, Uri.UnescapeDataString(parts[5]), skip), cancellationToken);
        await PassOnAsync(context, volume, cancellationToken);
    }

    private async Task SnapshotAsync(HttpContext context, string node, string[] parts, CancellationToken cancellationToken)
    {
        if (!long.TryParse(context.Request.Query["skip"].FirstOrDefault() ?? "0", out var skip))
        {
            await RefuseAsync(context, 400, "skip is no number");
            return;
        }

        await using var volume = await hub.OpenSnapshotAsync(node, new SnapshotQuery(parts[2], parts[3], Uri.UnescapeDataString(parts[4]), skip), cancellationToken);
        await PassOnAsync(context, volume, cancellationToken);
    }

    private static async Task PassOnAsync(HttpContext context, Stream volume, CancellationToken cancellationToken)
    {
        // A node that writes to its disk stops reading now and then.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        context.Response.ContentType = "application/octet-stream";
        await context.Response.StartAsync(cancellationToken);
        try
        {
            // Large pieces of memory: the server encrypts each by itself, and its own are small.
            var output = context.Response.BodyWriter;
            while (await volume.ReadAsync(output.GetMemory(CopyBuffer)[..CopyBuffer], cancellationToken) is > 0 and var length)
            {
                output.Advance(length);
                await output.FlushAsync(cancellationToken);
            }
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException)
        {
            // Without the end of the body, the node knows that there is more.
            context.Abort();
        }
    }

    /// <param name="idle">Said in silence as a sign of life; null: the lines have signs of their own.</param>
    private async Task StreamLinesAsync<T>(HttpContext context, IAsyncEnumerable<T> lines, T? idle, CancellationToken cancellationToken)
        where T : class
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = Json;
        await context.Response.StartAsync(cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var source = lines.GetAsyncEnumerator(ending.Token);
        var next = Task.FromResult(true);
        try
        {
            while (true)
            {
                next = source.MoveNextAsync().AsTask();
                while (idle is not null && !await HasComeAsync(next, cancellationToken))
                    await WriteLineAsync(context, idle, cancellationToken);
                if (!await next)
                    return;
                await WriteLineAsync(context, source.Current, cancellationToken);
            }
        }
        finally
        {
            // A source can be disposed of only while nobody waits for its next line.
            await ending.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> HasComeAsync(Task next, CancellationToken cancellationToken)
    {
        await next.WaitAsync(NodeOutbox.SignInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return next.IsCompleted;
    }

    private static async Task WriteLineAsync<T>(HttpContext context, T line, CancellationToken cancellationToken)
    {
        context.Response.BodyWriter.Write(ApiJson.ToUtf8(line));
        context.Response.BodyWriter.Write("\n"u8);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, cancellationToken);
        return ApiJson.FromUtf8<T>(body.GetBuffer().AsSpan(0, (int)body.Length));
    }

    private static Task WriteAsync(HttpContext context, byte[] answer)
    {
        context.Response.ContentType = Json;
        context.Response.ContentLength = answer.Length;
        return context.Response.Body.WriteAsync(answer).AsTask();
    }

    private static Task RefuseAsync(HttpContext context, int code, string message)
    {
        context.Response.StatusCode = code;
        return WriteAsync(context, ApiJson.ToUtf8(new Status { Code = code, Message = message }));
    }

    private static string? Bearer(HttpContext context) =>
        context.Request.Headers.Authorization.ToString() is var text && text.StartsWith("Bearer ", StringComparison.Ordinal) ? text["Bearer ".Length..] : null;

    [LoggerMessage(EventId = 841, Level = LogLevel.Warning, Message = "A node's call of {Path} is refused: {Problem}")]
    private partial void LogRefused(string path, string problem);
}
