using System.Globalization;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Api.Streams;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Storage.Cache;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Agents;

/// <summary><c>GET /agent/v1/clusters/NAME/volumes/UID/ORDINAL/EPOCH/CLAIM</c>: a volume of a pet that moves to the asking cluster, or begins there from a snapshot, from the agent that has it. Passes the bytes on as they come.</summary>
/// <remarks>A cluster gets only what a person has ordered to it: the set's object must say so now, with this epoch.</remarks>
internal sealed partial class VolumeEndpoint(IObjectCache cache, Freshness freshness, StreamBroker streams, IHostApplicationLifetime lifetime, ILogger<VolumeEndpoint> logger)
{
    /// <summary>A region may be far, and a volume is large: 40 MB/s over a link with a round trip of 100 ms.</summary>
    private const int FarWindow = 4 * 1024 * 1024;

    public async Task ServeAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
            throw new RefusedException(Statuses.MethodNotAllowed());
        var cluster = Text(context, "cluster");
        var query = new VolumeQuery(Text(context, "uid"), (int)Number(Text(context, "ordinal"), int.MaxValue), Number(Text(context, "epoch")), Text(context, "claim"), Number(context.Request.Query["skip"].FirstOrDefault() ?? "0"));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await freshness.WaitLatestAsync(ending.Token);
        // Sets are few, and a copy asks once for each volume.
        var set = cache.List(PetSet.KindName).Select(item => (PetSet)ObjectView.Of(item).Resource).FirstOrDefault(set => set.Metadata.Uid == query.WorkUid);
        var (source, request) = VolumeGrant.Of(set, cluster, query) ?? throw new RefusedException(Statuses.Forbidden($"no pet with this volume moves to cluster {cluster} with epoch {query.Epoch}"));
        await PassOnAsync(context, cluster, source, request, ending.Token);
    }

    /// <summary><c>GET /agent/v1/clusters/NAME/snapshots/UID/ID/CLAIM</c>: a volume of what was taken for a PetSnapshot, for the cluster that is to store it.</summary>
    public async Task ServeSnapshotAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
            throw new RefusedException(Statuses.MethodNotAllowed());
        var cluster = Text(context, "cluster");
        var query = new SnapshotQuery(Text(context, "uid"), Text(context, "id"), Text(context, "claim"), Number(context.Request.Query["skip"].FirstOrDefault() ?? "0"));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await freshness.WaitLatestAsync(ending.Token);
        var snapshot = cache.List(PetSnapshot.KindName).Select(item => (PetSnapshot)ObjectView.Of(item).Resource).FirstOrDefault(snapshot => snapshot.Metadata.Uid == query.Uid);
        var (source, request) = VolumeGrant.Of(snapshot, cluster, query) ?? throw new RefusedException(Statuses.Forbidden($"no copy {query.Id} with this volume is to be stored in cluster {cluster}"));
        await PassOnAsync(context, cluster, source, request, ending.Token);
    }

    private async Task PassOnAsync(HttpContext context, string cluster, string source, StreamRequest request, CancellationToken cancellationToken)
    {
        await using var stream = await streams.OpenAsync(source, request, cancellationToken);
        LogOpened(cluster, request.Volume!.Claim, request.Namespace, request.Pod, source);
        await CopyAsync(stream.Tunnel!, context, cancellationToken);
    }

    private static async Task CopyAsync(StreamTunnel tunnel, HttpContext context, CancellationToken cancellationToken)
    {
        // Whoever writes to a disk stops reading now and then.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "application/octet-stream";
        var output = context.Response.BodyWriter;
        await output.FlushAsync(cancellationToken);
        try
        {
            await tunnel.WidenAsync(FarWindow);
            while (await tunnel.ReadAsync(cancellationToken) is { } frame)
            {
                // In one piece: the server encrypts each piece of memory by itself, and its own are small.
                frame.Data.CopyTo(output.GetMemory(frame.Data.Length));
                output.Advance(frame.Data.Length);
                await output.FlushAsync(cancellationToken);
            }
        }
        catch (Exception cut) when (cut is StreamEndedException or OperationCanceledException)
        {
            // Without the end of the body, the reader knows that there is more.
            context.Abort();
        }
    }

    private static string Text(HttpContext context, string name) => (string)context.GetRouteValue(name)!;

    private static long Number(string text, long most = long.MaxValue) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
            ? number
            : throw new RefusedException(Statuses.BadRequest($"{text} is not a number that can be here"));

    [LoggerMessage(EventId = 4303, Level = LogLevel.Information, Message = "Cluster {Cluster} reads volume {Claim} of pet {Namespace}/{Pet} from cluster {Source}")]
    private partial void LogOpened(string cluster, string claim, string @namespace, string pet, string source);
}
