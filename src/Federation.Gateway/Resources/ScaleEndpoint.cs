using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Patches;
using Federation.Api.Pets;
using Federation.Api.Validation;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>The <c>scale</c> subresource of App and PetSet: <c>autoscaling/v1</c> Scale, as <c>kubectl scale</c> and autoscalers speak it.</summary>
internal sealed class ScaleEndpoint(WriteEndpoint writes, GatewayOptions options)
{
    /// <summary>The object's controller writes its status while one asks for another number.</summary>
    private const int Attempts = 5;

    public static async Task GetAsync(HttpContext context, KindServer server, ObjectKey key) =>
        await context.WriteJsonAsync(Scale((await ReadEndpoint.FindAsync(context, server, key)).Resource));

    public async Task ReplaceAsync(HttpContext context, KindServer server, ObjectKey key) =>
        await WriteAsync(context, server, key, await RequestBody.ReadObjectAsync(context, options.BodyLimit), WriteVerb.Patch);

    public async Task PatchAsync(HttpContext context, KindServer server, ObjectKey key)
    {
        var patch = await PatchBody.ReadAsync(context, options.BodyLimit);
        if (patch.Verb == WriteVerb.Apply)
        {
            await WriteAsync(context, server, key, patch.Json, WriteVerb.Apply);
            return;
        }

        for (var attempt = 1; ; attempt++)
        {
            var current = (await ReadEndpoint.FindAsync(context, server, key)).Resource;
            var scale = Scale(current);
            // The patch decides whether it wants the revision checked; what the document happened to show is no condition.
            ((JsonObject)scale["metadata"]!).Remove("resourceVersion");
            var document = Encoding.UTF8.GetBytes(scale.ToJsonString());
            // A Scale has no lists: a strategic patch means what a merge patch means.
            var patched = patch.Verb == WriteVerb.JsonPatch ? JsonPatch.Apply(document, patch.Json) : MergePatch.Apply(document, patch.Json);
            if (!patched.IsApplied)
                throw new RefusedException(patched.IsRefused ? Statuses.PatchRefused(server.Kind, key.Name, patched.Error!) : Statuses.BadRequest(patched.Error!));
            // Operations on what was read hold for what was read; a merge patch says by itself what it wants.
            var isConditional = patch.Verb == WriteVerb.JsonPatch && attempt < Attempts;
            if (await WriteAsync(context, server, key, patched.Json, WriteVerb.Patch, isConditional ? current.Metadata.ResourceVersion : null))
                return;
        }
    }

    /// <param name="readAt">Set: the revision the body was made from; when the object has gone on, nothing is answered yet.</param>
    /// <returns>False: to be made again from a newer object.</returns>
    private async Task<bool> WriteAsync(HttpContext context, KindServer server, ObjectKey key, ReadOnlyMemory<byte> body, WriteVerb verb, string? readAt = null)
    {
        using var document = RequestBody.Parse(body);
        var scale = document.RootElement;
        var asked = Metadata(scale, "resourceVersion");
        var result = await writes.SendAsync(context, key, new WriteCommand
        {
            Verb = verb,
            Body = Encoding.UTF8.GetBytes(Spec(server, key, scale, isPartial: verb == WriteVerb.Apply).ToJsonString()),
            ResourceVersion = asked ?? readAt,
            Uid = Metadata(scale, "uid"),
            Subresource = "scale",
        });
        if (result.Failure is { Reason: StatusReasons.Conflict } && asked is null && readAt is not null)
            return false;
        if (result.Failure is { } failure)
            await context.WriteStatusAsync(failure);
        else
            await context.WriteJsonAsync(Scale(result.Object!));
        return true;
    }

    /// <summary>What the Scale says, as a part of the object it scales. Left out of a whole Scale, the number is 0.</summary>
    private static JsonObject Spec(KindServer server, ObjectKey key, JsonElement scale, bool isPartial)
    {
        if (!scale.TryGetProperty("spec", out var spec) || spec.ValueKind != JsonValueKind.Object || !spec.TryGetProperty("replicas", out var value))
            return isPartial ? [] : new JsonObject { ["spec"] = new JsonObject { ["replicas"] = 0 } };
        var replicas = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Invalid(server, key, value);
        return new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } };
    }

    private static JsonObject Scale(Resource scaled)
    {
        var (wanted, running, selector) = scaled switch
        {
            App app => (app.Spec.Replicas, app.Status.RunningReplicas, app.Status.Selector),
            PetSet set => (set.Spec.Replicas, set.Status.RunningReplicas, set.Status.Selector),
            _ => throw new UnreachableException($"A {scaled.Kind} has no scale."),
        };
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = scaled.Metadata.Name,
                ["namespace"] = scaled.Metadata.Namespace,
                ["uid"] = scaled.Metadata.Uid,
                ["resourceVersion"] = scaled.Metadata.ResourceVersion,
                ["creationTimestamp"] = scaled.Metadata.CreationTimestamp?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null),
            },
            ["spec"] = new JsonObject { ["replicas"] = wanted ?? 1 },
            ["status"] = new JsonObject { ["replicas"] = running, ["selector"] = selector ?? $"{PodLabels.Uid}={scaled.Metadata.Uid}" },
        };
    }

    private static string? Metadata(JsonElement scale, string name) =>
        scale.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static RefusedException Invalid(KindServer server, ObjectKey key, JsonElement value) =>
        new(Statuses.Invalid(server.Kind, key.Name, [new FieldError("spec.replicas", FieldErrorType.TypeInvalid, $"Invalid value: {value.GetRawText()}: must be an integer")]));
}
