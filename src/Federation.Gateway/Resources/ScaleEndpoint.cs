using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Patches;
using Federation.Api.Validation;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>The <c>scale</c> subresource of App: <c>autoscaling/v1</c> Scale, as <c>kubectl scale</c> and autoscalers speak it.</summary>
internal sealed class ScaleEndpoint(WriteEndpoint writes, GatewayOptions options)
{
    public static async Task GetAsync(HttpContext context, KindServer server, ObjectKey key) =>
        await context.WriteJsonAsync(Scale((App)(await ReadEndpoint.FindAsync(context, server, key)).Resource));

    public async Task ReplaceAsync(HttpContext context, KindServer server, ObjectKey key) =>
        await WriteAsync(context, server, key, await RequestBody.ReadObjectAsync(context, options.BodyLimit));

    public async Task PatchAsync(HttpContext context, KindServer server, ObjectKey key)
    {
        var patch = await PatchBody.ReadAsync(context, server.Kind, options.BodyLimit);
        var current = (App)(await ReadEndpoint.FindAsync(context, server, key)).Resource;
        var scale = Scale(current);
        // The patch decides whether it wants the revision checked; what the document happened to show is no condition.
        ((JsonObject)scale["metadata"]!).Remove("resourceVersion");
        var patched = MergePatch.Apply(Encoding.UTF8.GetBytes(scale.ToJsonString()), patch);
        if (!patched.IsApplied)
            throw new RefusedException(Statuses.BadRequest(patched.Error!));
        await WriteAsync(context, server, key, patched.Json);
    }

    private async Task WriteAsync(HttpContext context, KindServer server, ObjectKey key, ReadOnlyMemory<byte> body)
    {
        using var document = RequestBody.Parse(body);
        var scale = document.RootElement;
        var replicas = scale.TryGetProperty("spec", out var spec) && spec.ValueKind == JsonValueKind.Object && spec.TryGetProperty("replicas", out var value)
            ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Invalid(server, key, value)
            : 0;
        var result = await writes.SendAsync(context, key, new WriteCommand
        {
            Verb = WriteVerb.Patch,
            Body = Encoding.UTF8.GetBytes(new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } }.ToJsonString()),
            ResourceVersion = Metadata(scale, "resourceVersion"),
            Uid = Metadata(scale, "uid"),
        });
        if (result.Failure is { } failure)
            await context.WriteStatusAsync(failure);
        else
            await context.WriteJsonAsync(Scale((App)result.Object!));
    }

    private static JsonObject Scale(App app) => new()
    {
        ["kind"] = "Scale",
        ["apiVersion"] = "autoscaling/v1",
        ["metadata"] = new JsonObject
        {
            ["name"] = app.Metadata.Name,
            ["namespace"] = app.Metadata.Namespace,
            ["uid"] = app.Metadata.Uid,
            ["resourceVersion"] = app.Metadata.ResourceVersion,
            ["creationTimestamp"] = app.Metadata.CreationTimestamp?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null),
        },
        ["spec"] = new JsonObject { ["replicas"] = app.Spec.Replicas ?? 1 },
        ["status"] = new JsonObject { ["replicas"] = app.Status.RunningReplicas, ["selector"] = app.Status.Selector ?? $"{PodLabels.Uid}={app.Metadata.Uid}" },
    };

    private static string? Metadata(JsonElement scale, string name) =>
        scale.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static RefusedException Invalid(KindServer server, ObjectKey key, JsonElement value) =>
        new(Statuses.Invalid(server.Kind, key.Name, [new FieldError("spec.replicas", FieldErrorType.TypeInvalid, $"Invalid value: {value.GetRawText()}: must be an integer")]));
}
