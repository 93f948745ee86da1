using System.Text.Json.Nodes;
using Federation.Api.Merging;

namespace Federation.Api.Patches;

/// <summary>Lists with named elements in a strategic merge patch. The name is the value of the list's merge key, or the scalar itself.</summary>
internal static class StrategicList
{
    public static JsonArray Merge(JsonArray target, JsonArray patch, MergeSchema schema)
    {
        var changes = patch.Select(change => (Change: change, Directive: change is JsonObject fields ? StrategicMergePatch.DirectiveOf(fields) : null)).ToList();
        // An element that says nothing but "replace" empties the list for the others.
        var merged = changes.Exists(change => change.Directive == "replace") ? [] : new List<JsonNode?>(target);
        target.Clear();
        foreach (var (change, directive) in changes)
        {
            if (directive == "replace" && change is JsonObject { Count: 1 })
                continue;
            var name = NameOf(change, schema) ?? throw Unnamed(schema);
            var index = merged.FindIndex(element => NameOf(element, schema) == name);
            if (directive == "delete")
                merged.RemoveAll(element => NameOf(element, schema) == name);
            else if (index < 0)
                merged.Add(change is JsonObject added ? StrategicMergePatch.Merge([], added, schema.Element) : change!.DeepClone());
            else if (change is JsonObject fields && merged[index] is JsonObject element)
                merged[index] = StrategicMergePatch.Merge(element, fields, schema.Element);
        }

        return [.. merged];
    }

    /// <summary>Puts a merged list into the order the patch asks for; elements it does not know stay before what they stood before.</summary>
    public static JsonArray Sort(JsonArray list, JsonArray order, JsonArray patch, MergeSchema schema, string field)
    {
        var names = order.Select(element => NameOf(element, schema) ?? throw Unnamed(schema)).ToList();
        foreach (var change in patch)
        {
            var isKept = change is not JsonObject fields || StrategicMergePatch.DirectiveOf(fields) is null;
            if (isKept && !names.Contains(NameOf(change, schema)!))
                throw new PatchException($"$setElementOrder/{field} does not name an element that the patch sets", isRefused: false);
        }

        var elements = list.ToList();
        list.Clear();
        var (sorted, next) = (new List<JsonNode?>(elements.Count), 0);
        foreach (var name in names.Distinct())
        {
            var index = elements.FindIndex(element => NameOf(element, schema) == name);
            if (index < 0)
                continue;
            AddOthersBefore(index);
            sorted.Add(elements[index]);
        }

        AddOthersBefore(elements.Count);
        return [.. sorted];

        void AddOthersBefore(int end)
        {
            for (; next < end; next++)
            {
                if (NameOf(elements[next], schema) is not { } name || !names.Contains(name))
                    sorted.Add(elements[next]);
            }
        }
    }

    private static string? NameOf(JsonNode? element, MergeSchema schema) => element switch
    {
        JsonObject fields when schema.Form == MergeForm.ListMap => fields[schema.FirstKey!]?.ToJsonString(),
        JsonValue value when schema.Form == MergeForm.ListSet => value.ToJsonString(),
        _ => null,
    };

    private static PatchException Unnamed(MergeSchema schema) => new(
        schema.Form == MergeForm.ListMap ? $"a list element of the patch does not have the merge key {schema.FirstKey}" : "a list of the patch may hold only scalars",
        isRefused: true);
}
