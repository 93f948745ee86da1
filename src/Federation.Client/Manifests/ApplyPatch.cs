using System.Text.Json.Nodes;

namespace Federation.Client.Manifests;

/// <summary>The merge patch between what an object is and what a manifest says it shall be.</summary>
/// <remarks>
/// A field that the last applied manifest had and this one has not is removed; a field that neither had is somebody else's and stays. Lists are one value.
/// <code>
/// last applied   manifest   live     patch
/// any            v          v        -
/// any            v          other    v
/// has it         -          has it   null
/// -              -          has it   -
/// </code>
/// </remarks>
public static class ApplyPatch
{
    public static JsonObject Compute(JsonObject? lastApplied, JsonObject manifest, JsonObject live)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(live);
        var patch = new JsonObject();
        foreach (var (name, wanted) in manifest)
        {
            // A null in a manifest is a field left out.
            if (wanted is null)
                continue;
            var present = live[name];
            if (wanted is JsonObject wantedObject && present is JsonObject presentObject)
            {
                var inner = Compute(lastApplied?[name] as JsonObject, wantedObject, presentObject);
                if (inner.Count > 0)
                    patch[name] = inner;
            }
            else if (!AreEqual(wanted, present))
            {
                patch[name] = wanted.DeepClone();
            }
        }

        foreach (var (name, _) in lastApplied ?? [])
        {
            if (manifest[name] is null && live[name] is not null)
                patch[name] = null;
        }

        return patch;
    }

    /// <summary>Empty and absent are the same to the API: nothing empty is written.</summary>
    private static bool AreEqual(JsonNode wanted, JsonNode? present) =>
        JsonNode.DeepEquals(wanted, present) || (present is null && wanted is JsonObject { Count: 0 } or JsonArray { Count: 0 });
}
