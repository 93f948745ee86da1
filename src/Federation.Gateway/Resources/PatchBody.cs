using System.Text.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>A patch as it came: which sort, and its JSON.</summary>
internal readonly record struct PatchBody(WriteVerb Verb, ReadOnlyMemory<byte> Json)
{
    /// <summary>The patch types served, for every kind.</summary>
    public static IReadOnlyList<string> MediaTypes { get; } =
        ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];

    /// <summary>How a patch is meant, before its body is read.</summary>
    /// <exception cref="RefusedException">415.</exception>
    public static WriteVerb VerbOf(HttpContext context) => RequestBody.MediaType(context) switch
    {
        "application/json-patch+json" => WriteVerb.JsonPatch,
        "application/merge-patch+json" => WriteVerb.Patch,
        "application/strategic-merge-patch+json" => WriteVerb.StrategicPatch,
        "application/apply-patch+yaml" => WriteVerb.Apply,
        _ => throw new RefusedException(Statuses.UnsupportedMediaType(MediaTypes)),
    };

    /// <exception cref="RefusedException">413, 415, or 400 for an apply that is neither YAML nor JSON.</exception>
    public static async Task<PatchBody> ReadAsync(HttpContext context, long limit)
    {
        var verb = VerbOf(context);
        var body = await RequestBody.ReadAsync(context, limit);
        // JSON is YAML, but reading it as what it is costs less: kubectl sends JSON under this type.
        return new PatchBody(verb, verb == WriteVerb.Apply && !IsJson(body.Span) ? RequestBody.FromYaml(body) : RequestBody.CheckText(body));
    }

    private static bool IsJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
