using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Sources;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Pods;

/// <summary><c>DELETE …/pods/NAME</c> and <c>POST …/pods/NAME/eviction</c>: one instance stops, and its work starts another one.</summary>
/// <remarks>
/// The order stands in the Cluster's status, by the pod's uid, until the agent reports the pod as gone; each bookmark of the works stream repeats it.
/// So it survives restarts of everybody, waits for a cluster that is away, and can never end another pod of the same name.
/// </remarks>
internal sealed class PodEvictionEndpoint(PodDirectory pods, IGrainFactory grains, Freshness freshness, GatewayOptions options, TimeProvider time)
{
    private const int DefaultGraceSeconds = 30;

    public async Task DeleteAsync(HttpContext context, ObjectKey key)
    {
        var request = await DeleteRequest.ReadAsync(context, options.BodyLimit);
        var (pod, order) = await EvictAsync(key, request, context.RequestAborted);
        await context.WriteJsonAsync(JsonSerializer.SerializeToUtf8Bytes(PodProjection.Stopping(pod, order), Kinds.Pod.TypeInfo));
    }

    public async Task EvictAsync(HttpContext context, ObjectKey key)
    {
        var body = await RequestBody.ReadObjectAsync(context, options.BodyLimit);
        using var document = RequestBody.Parse(body);
        await EvictAsync(key, Read(document.RootElement, key, context.Request.Query), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await context.WriteJsonAsync(new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = 201 });
    }

    /// <summary>policy/v1 Eviction: which pod, and DeleteOptions.</summary>
    private static DeleteRequest Read(JsonElement eviction, ObjectKey key, IQueryCollection query)
    {
        if (Text(eviction, "kind") is { } kind and not "Eviction")
            throw new RefusedException(Statuses.BadRequest($"the body is a {kind}, not an Eviction"));
        var metadata = eviction.TryGetProperty("metadata", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        if ((Text(metadata, "name") ?? key.Name) != key.Name || (Text(metadata, "namespace") ?? key.Namespace) != key.Namespace)
            throw new RefusedException(Statuses.BadRequest("name in URL does not match name in Eviction object"));
        return DeleteRequest.Of(eviction.TryGetProperty("deleteOptions", out var given) && given.ValueKind == JsonValueKind.Object ? given : default, query.DryRun(), null);
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private async Task<(Pod Pod, PodEviction Order)> EvictAsync(ObjectKey key, DeleteRequest request, CancellationToken cancellationToken)
    {
        var view = pods.Find(key) ?? throw new RefusedException(Statuses.NotFound(Kinds.Pod, key.Name));
        var pod = (Pod)view.Resource;
        if (request.Uid is { } uid && uid != pod.Metadata.Uid)
            throw new RefusedException(Statuses.Conflict(Kinds.Pod, key.Name, $"the pod has uid {pod.Metadata.Uid}, not {uid}"));
        if (request.ResourceVersion is { } version && version != pod.Metadata.ResourceVersion)
            throw new RefusedException(Statuses.Conflict(Kinds.Pod, key.Name));
        var order = new PodEviction
        {
            Namespace = key.Namespace,
            Name = key.Name,
            Uid = pod.Metadata.Uid ?? "",
            GracePeriodSeconds = request.GracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? DefaultGraceSeconds,
            RequestedAt = WholeSeconds(time.GetUtcNow()),
        };
        if (request.DryRun)
            return (pod, order);
        var cluster = pod.Metadata.Labels[PodLabels.Cluster];
        // An order that is under way is not given up when the client goes away.
        var result = await grains.GetClusterGrain(cluster).EvictAsync(order, CancellationToken.None);
        if (result.Failure is { } failure)
            throw new RefusedException(failure);
        await freshness.AcknowledgeAsync(result.Revision, cancellationToken);
        pods.Refresh(cluster);
        return (pod, order);
    }

    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);
}
