using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Gateway.Agents;
using Federation.Gateway.Auth;
using Federation.Gateway.Http;
using Federation.Gateway.Pods;
using Federation.Gateway.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Streams;

/// <summary><c>…/pods/NAME/exec</c> and <c>…/pods/NAME/attach</c>: the streams go through the connection that the pod's agent opens.</summary>
/// <remarks>The agent starts the command before the client's request is upgraded: what cannot be started is answered with a Status, as any other request.</remarks>
internal sealed partial class ExecEndpoint(PodDirectory pods, StreamBroker streams, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<ExecEndpoint> logger)
{
    private static readonly TimeSpan OpenAtMost = TimeSpan.FromSeconds(30);

    private static readonly string[] WebSocketProtocols = [RemoteUpgrade.ChannelV5, RemoteUpgrade.ChannelV4];
    private static readonly string[] SpdyProtocols = [RemoteUpgrade.ChannelV4];

    private readonly RemoteSession _session = new(time);

    public Task ExecAsync(HttpContext context, ObjectKey key) => ServeAsync(context, key, StreamKind.Exec);

    public Task AttachAsync(HttpContext context, ObjectKey key) => ServeAsync(context, key, StreamKind.Attach);

    private async Task ServeAsync(HttpContext context, ObjectKey key, StreamKind kind)
    {
        var target = PodTarget.Find(pods, key);
        var query = context.Request.Query;
        var wanted = new RemoteStreams(query.Bool("stdin") == true, query.Bool("stdout") == true, query.Bool("stderr") == true, query.Bool("tty") == true);
        if (wanted is { Stdin: false, Stdout: false, Stderr: false })
            throw new RefusedException(Statuses.BadRequest("you must specify at least one of stdin, stdout, stderr"));
        string[] command = kind == StreamKind.Exec ? [.. query["command"].OfType<string>()] : [];
        if (kind == StreamKind.Exec && command is not [{ Length: > 0 }, ..])
            throw new RefusedException(Statuses.BadRequest("you must specify at least one command for the container"));
        var request = new StreamRequest
        {
            Kind = kind,
            Namespace = key.Namespace,
            Pod = key.Name,
            Container = target.ContainerOf(query["container"]),
            Command = command,
            Stdin = wanted.Stdin,
            Stdout = wanted.Stdout,
            Stderr = wanted.Stderr && !wanted.Tty,
            Tty = wanted.Tty,
        };
        var protocol = RemoteUpgrade.Choose(context, WebSocketProtocols, SpdyProtocols);
        var subject = Caller.Of(context).Subject;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var stream = await streams.OpenAsync(target.Cluster, request, ending.Token);
        var program = kind == StreamKind.Exec ? command[0] : "the main process";
        LogOpened(subject, kind, program, key.Namespace, key.Name, request.Container, target.Cluster);
        try
        {
            await using var client = await AcceptAsync(context, protocol, wanted, ending.Token);
            var result = await _session.RunAsync(client, stream.Tunnel!, ending.Token);
            var outcome = result is null ? "the client went" : result.Message ?? "success";
            LogEnded(subject, kind, key.Namespace, key.Name, outcome);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException && context.Response.HasStarted)
        {
            LogEnded(subject, kind, key.Namespace, key.Name, gone.Message);
        }
    }

    private async Task<IRemoteClient> AcceptAsync(HttpContext context, RemoteProtocol protocol, RemoteStreams wanted, CancellationToken cancellationToken)
    {
        if (protocol.IsWebSocket)
            return new WebSocketClient(await RemoteUpgrade.AcceptWebSocketAsync(context, protocol));
        using var timer = new CancellationTokenSource(OpenAtMost, time);
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        return await SpdyClient.AcceptAsync(await RemoteUpgrade.AcceptSpdyAsync(context, protocol), wanted, opening.Token, cancellationToken);
    }

    [LoggerMessage(EventId = 4310, Level = LogLevel.Information, Message = "{Subject} opened {Kind} of {Program} in pod {Namespace}/{Pod}, container {Container}, cluster {Cluster}")]
    private partial void LogOpened(string subject, StreamKind kind, string program, string @namespace, string pod, string container, string cluster);

    [LoggerMessage(EventId = 4311, Level = LogLevel.Information, Message = "{Subject}'s {Kind} in pod {Namespace}/{Pod} ended: {Result}")]
    private partial void LogEnded(string subject, StreamKind kind, string @namespace, string pod, string result);
}
