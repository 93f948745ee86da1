using System.Text.Json;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>The patch types that are served, all of which come down to a JSON merge patch.</summary>
internal static class PatchBody
{
    private const string MergePatch = "application/merge-patch+json";
    private const string StrategicMergePatch = "application/strategic-merge-patch+json";

    /// <exception cref="RefusedException">413, 415, or 400.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, KindDefinition kind, long limit)
    {
        var isCore = kind.Group.Length == 0;
        var type = RequestBody.MediaType(context);
        switch (type)
        {
            case MergePatch:
            case StrategicMergePatch when isCore:
                break;
            case "application/apply-patch+yaml":
                throw Unsupported(isCore, "server-side apply is not served yet; use client-side apply (kubectl apply without --server-side)");
            case "application/json-patch+json":
                throw Unsupported(isCore, "JSON patch is not served yet; send a merge patch (kubectl patch --type=merge)");
            default:
                throw Unsupported(isCore, null);
        }

        var body = await RequestBody.ReadAsync(context, limit);
        using var patch = RequestBody.Parse(body);
        // Without lists and directives a strategic merge patch means the same as a merge patch.
        if (type == StrategicMergePatch && NeedsStrategy(patch.RootElement))
            throw Unsupported(isCore, "strategic merge patches with lists or $ directives are not served yet; send a merge patch (kubectl patch --type=merge)");
        return body;
    }

    private static bool NeedsStrategy(JsonElement patch) => patch.ValueKind switch
    {
        JsonValueKind.Array => true,
        JsonValueKind.Object => patch.EnumerateObject().Any(field => field.Name.StartsWith('$') || NeedsStrategy(field.Value)),
        _ => false,
    };

    private static RefusedException Unsupported(bool isCore, string? why)
    {
        var status = Statuses.UnsupportedMediaType(isCore ? [MergePatch, StrategicMergePatch] : [MergePatch]);
        return new RefusedException(why is null ? status : status with { Message = why });
    }
}
