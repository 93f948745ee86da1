using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api.Merging;

namespace Federation.Api.Patches;

/// <summary>Kubernetes' strategic merge patch: a merge patch that knows which lists have named elements, and directives beginning with <c>$</c>.</summary>
/// <remarks>
/// | in an object                          | means                                                        |
/// |---------------------------------------|--------------------------------------------------------------|
/// | <c>$patch: replace</c>                | the rest of the patch takes the object's place               |
/// | <c>$patch: delete</c>                 | the object is emptied; as a list element: removed            |
/// | <c>$retainKeys: [a]</c>               | fields not named are removed                                 |
/// | <c>$deleteFromPrimitiveList/x: […]</c> | the values leave the list x                                  |
/// | <c>$setElementOrder/x: […]</c>        | the order of the list x                                      |
/// </remarks>
public static class StrategicMergePatch
{
    internal const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeleteFrom = "$deleteFromPrimitiveList/";
    private const string SetOrder = "$setElementOrder/";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <param name="kind">Says how its lists merge.</param>
    /// <param name="target">The document as it is; trusted.</param>
    /// <param name="patch">What the client sent.</param>
    public static PatchResult Apply(KindDefinition kind, ReadOnlyMemory<byte> target, ReadOnlyMemory<byte> patch)
    {
        try
        {
            if (JsonNode.Parse(patch.Span, documentOptions: Options) is not JsonObject changes)
                return PatchResult.Malformed("a strategic merge patch is a JSON object");
            var document = (JsonObject)JsonNode.Parse(target.Span)!;
            return new PatchResult(Encoding.UTF8.GetBytes(Merge(document, changes, MergeSchema.Of(kind)).ToJsonString()), null);
        }
        catch (PatchException wrong)
        {
            return new PatchResult(default, wrong.Message, wrong.IsRefused);
        }
        catch (JsonException exception)
        {
            return PatchResult.Malformed($"the patch is not valid JSON: {exception.Message}");
        }
        catch (InvalidOperationException)
        {
            // Escapes that are half a surrogate pair parse, but are no text.
            return PatchResult.Malformed("the patch is not valid Unicode text");
        }
    }

    /// <summary>The directive of an object; null: none but to merge.</summary>
    internal static string? DirectiveOf(JsonObject patch)
    {
        if (!patch.TryGetPropertyValue(Directive, out var value))
            return null;
        return TextOf(value) switch
        {
            "merge" => null,
            "replace" or "delete" => TextOf(value),
            _ => throw new PatchException($"unknown $patch {value?.ToJsonString() ?? "null"}: must be merge, replace or delete", isRefused: false),
        };
    }

    internal static JsonObject Merge(JsonObject target, JsonObject patch, MergeSchema schema)
    {
        switch (DirectiveOf(patch))
        {
            case "delete":
                return [];
            case "replace":
                target = [];
                break;
        }

        Retain(target, patch);
        foreach (var (name, change) in patch)
        {
            if (name is Directive or RetainKeys)
                continue;
            if (name.StartsWith(DeleteFrom, StringComparison.Ordinal))
                DeleteValues(target, name[DeleteFrom.Length..], change);
            else if (!name.StartsWith(SetOrder, StringComparison.Ordinal))
                MergeField(target, name, change, schema.Field(name));
        }

        foreach (var (name, order) in patch)
        {
            if (name.StartsWith(SetOrder, StringComparison.Ordinal))
                Sort(target, patch, name[SetOrder.Length..], order, schema);
        }

        return target;
    }

    private static void MergeField(JsonObject target, string name, JsonNode? change, MergeSchema schema)
    {
        switch (change)
        {
            case null:
                target.Remove(name);
                break;
            case JsonObject fields:
                var merged = Merge(target[name] as JsonObject ?? [], fields, schema);
                if (!ReferenceEquals(target[name], merged))
                    target[name] = merged;
                break;
            case JsonArray elements when schema.Form is MergeForm.ListMap or MergeForm.ListSet:
                target[name] = StrategicList.Merge(target[name] as JsonArray ?? [], elements, schema);
                break;
            default:
                target[name] = change.DeepClone();
                break;
        }
    }

    private static void Retain(JsonObject target, JsonObject patch)
    {
        if (!patch.TryGetPropertyValue(RetainKeys, out var value))
            return;
        var kept = value is JsonArray list ? list.Select(TextOf).ToHashSet() : throw new PatchException("$retainKeys must be a list of field names", isRefused: false);
        if (patch.FirstOrDefault(field => field.Value is not null && !field.Key.StartsWith('$') && !kept.Contains(field.Key)).Key is { } stray)
            throw new PatchException($"$retainKeys does not name the field {stray}, which the patch sets", isRefused: false);
        foreach (var name in target.Select(field => field.Key).Where(name => !kept.Contains(name)).ToList())
            target.Remove(name);
    }

    private static void DeleteValues(JsonObject target, string name, JsonNode? values)
    {
        if (values is not JsonArray gone)
            throw new PatchException($"{DeleteFrom}{name} must be a list", isRefused: false);
        if (target[name] is not JsonArray list)
            return;
        foreach (var element in list.Where(element => gone.Any(value => JsonNode.DeepEquals(value, element))).ToList())
            list.Remove(element);
    }

    private static void Sort(JsonObject target, JsonObject patch, string name, JsonNode? order, MergeSchema schema)
    {
        if (order is not JsonArray wanted)
            throw new PatchException($"{SetOrder}{name} must be a list", isRefused: false);
        if (target[name] is JsonArray list && schema.Field(name) is { Form: MergeForm.ListMap or MergeForm.ListSet } of)
            target[name] = StrategicList.Sort(list, wanted, patch[name] as JsonArray ?? [], of, name);
    }

    internal static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
