using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Client.Resources;
using Federation.Client.Transport;

namespace Federation.Client.Manifests;

public enum ApplyChange
{
    Created,
    Configured,
    Unchanged,
}

/// <param name="Object">The object as it is now (dry run: as it would be).</param>
public sealed record ApplyResult(ApplyChange Change, JsonElement Object);

/// <summary>Create, or patch what differs.</summary>
internal sealed class Applier(GatewayHttp http, ClientOptions options)
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";
    private const int Attempts = 5;

    public async Task<ApplyResult> ApplyAsync(Manifest manifest, bool dryRun, CancellationToken cancellationToken)
    {
        var @namespace = manifest.Kind.IsNamespaced ? manifest.Namespace ?? options.Namespace : null;
        var path = ResourcePaths.Object(manifest.Kind, @namespace, manifest.Name);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await FindAsync(path, cancellationToken) is { } live
                    ? await PatchAsync(manifest, path, live, dryRun, cancellationToken)
                    : await CreateAsync(manifest, @namespace, dryRun, cancellationToken);
            }
            catch (StatusException refused) when ((refused.IsConflict || refused.IsNotFound) && attempt < Attempts && IsAboutObject(refused, manifest))
            {
                // Somebody created, changed or deleted it in between: decide anew.
            }
        }
    }

    private async Task<JsonObject?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return JsonNode.Parse(await http.SendAsync(HttpMethod.Get, path, null, cancellationToken)) as JsonObject;
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }

    private async Task<ApplyResult> CreateAsync(Manifest manifest, string? @namespace, bool dryRun, CancellationToken cancellationToken)
    {
        var path = ResourcePaths.Collection(manifest.Kind, @namespace) + Query(dryRun);
        var body = FederationClient.Json(FederationClient.Utf8(WithAnnotation(manifest)));
        return new ApplyResult(ApplyChange.Created, Parse(await http.SendAsync(HttpMethod.Post, path, body, cancellationToken)));
    }

    private async Task<ApplyResult> PatchAsync(Manifest manifest, string path, JsonObject live, bool dryRun, CancellationToken cancellationToken)
    {
        var patch = ApplyPatch.Compute(ReadLastApplied(live), WithAnnotation(manifest), live);
        if (patch.Count == 0)
            return new ApplyResult(ApplyChange.Unchanged, JsonSerializer.SerializeToElement(live, ClientJsonContext.Default.JsonNode));
        var body = FederationClient.Json(FederationClient.Utf8(patch), "application/merge-patch+json");
        var patched = Parse(await http.SendAsync(HttpMethod.Patch, path + Query(dryRun), body, cancellationToken));
        // The server may find that nothing changed: a default written out, a quantity written another way.
        var isSame = patched.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("resourceVersion", out var revision)
            && revision.GetString() == (string?)live["metadata"]?["resourceVersion"];
        return new ApplyResult(isSame && !dryRun ? ApplyChange.Unchanged : ApplyChange.Configured, patched);
    }

    private static JsonObject WithAnnotation(Manifest manifest)
    {
        var content = (JsonObject)manifest.Content.DeepClone();
        if (content["metadata"] is not JsonObject metadata)
            content["metadata"] = metadata = [];
        if (metadata["annotations"] is not JsonObject annotations)
            metadata["annotations"] = annotations = [];
        annotations.Remove(LastApplied);
        annotations[LastApplied] = content.ToJsonString() + "\n";
        return content;
    }

    private static JsonObject? ReadLastApplied(JsonObject live)
    {
        try
        {
            return live["metadata"]?["annotations"]?[LastApplied] is JsonValue text ? JsonNode.Parse(text.GetValue<string>()) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsAboutObject(StatusException refused, Manifest manifest) => refused.Status.Details?.Name == manifest.Name;

    private static string Query(bool dryRun) => "?fieldManager=fed&fieldValidation=Strict" + (dryRun ? "&dryRun=All" : "");

    private static JsonElement Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
