using System.Text;
using System.Text.Json;
using Federation.Api.Json;

namespace Federation.Api.Merging;

/// <summary>What tells list elements apart, in the form field sets use: <c>k:{"name":"web"}</c> or <c>v:"x"</c>.</summary>
internal static class ListIdentity
{
    /// <summary>Each element under its identity, in order; null: an element has none or two have the same, so the list can only be taken as a whole.</summary>
    public static List<(string Identity, JsonElement Value)>? Of(JsonElement list, MergeSchema schema)
    {
        if (list.ValueKind != JsonValueKind.Array)
            return null;
        var elements = new List<(string, JsonElement)>(list.GetArrayLength());
        var seen = new HashSet<string>();
        foreach (var element in list.EnumerateArray())
        {
            if (Of(schema, element) is not { } identity || !seen.Add(identity))
                return null;
            elements.Add((identity, element));
        }

        return elements;
    }

    public static string? Of(MergeSchema schema, JsonElement element)
    {
        if (schema.Form == MergeForm.ListSet)
            return element.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null ? null : $"v:{Text(element)}";
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        var text = new StringBuilder("k:{");
        foreach (var key in schema.Keys)
        {
            var isThere = element.TryGetProperty(key.Name, out var value) && value.ValueKind != JsonValueKind.Null;
            if (!isThere && key.Default is null)
                return null;
            text.Append(text.Length > 3 ? "," : "").Append('"').Append(key.Name).Append("\":").Append(isThere ? Text(value) : $"\"{key.Default}\"");
        }

        return text.Append('}').ToString();
    }

    /// <summary>One text for one value, however the client escaped it.</summary>
    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? JsonSerializer.Serialize(value.GetString()!, ApiJson.TypeInfo<string>())
        : value.GetRawText();
}
