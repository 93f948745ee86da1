using System.Text;
using System.Text.Json.Nodes;
using Federation.Gateway.Discovery;

namespace Federation.Gateway.Tests.Documents;

/// <summary>Writes the parts of docs/reference/api.md that say what the OpenAPI documents say: the table of kinds, and every kind field by field.</summary>
internal sealed class ApiReference(IReadOnlyList<DiscoveredResource> resources, IReadOnlyDictionary<string, JsonObject> documents)
{
    private const string Prefix = "#/components/schemas/";
    private const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    /// <summary>The text with everything between <c>&lt;!-- generated: NAME --&gt;</c> and <c>&lt;!-- end --&gt;</c> made anew.</summary>
    public string Renew(string text)
    {
        foreach (var (name, content) in ((string, string)[])[("kinds", Kinds()), ("fields", Fields())])
        {
            var begin = text.IndexOf($"<!-- generated: {name} -->", StringComparison.Ordinal);
            var start = text.IndexOf('\n', begin) + 1;
            var end = text.IndexOf("<!-- end -->", start, StringComparison.Ordinal);
            text = string.Concat(text.AsSpan(0, start), content, text.AsSpan(end));
        }

        return text;
    }

    private string Kinds()
    {
        var table = new StringBuilder("| kind | path | verbs | subresources |\n|---|---|---|---|\n");
        foreach (var resource in resources)
        {
            var names = resource.ShortNames.Count == 0 ? "" : $" ({string.Join(", ", resource.ShortNames.Select(name => $"`{name}`"))})";
            table.Append($"| {resource.Kind}{names} | `{Collection(resource, "NS")}` | {string.Join(", ", resource.Verbs)} | {string.Join(", ", resource.Subresources.Select(sub => $"`{sub.Name}`"))} |\n");
        }

        return table.ToString();
    }

    private string Fields()
    {
        var text = new StringBuilder();
        var core = documents["/api/v1"]["components"]!["schemas"]!.AsObject();
        text.Append($"### Every object: metadata\n\n{Head}");
        Rows(core, core[ObjectMeta]!, "metadata.", 0, text);
        // A kind of two versions has the same fields in both.
        foreach (var resource in resources.DistinctBy(resource => (resource.Group, resource.Kind)))
        {
            var schemas = documents[resource.Root]["components"]!["schemas"]!.AsObject();
            if (schemas.FirstOrDefault(schema => IsOf(schema.Value!, resource)) is not { Value: { } found })
                continue;
            text.Append($"\n### {resource.Kind}\n\n`{resource.GroupVersion}`. {found["description"]}\n");
            if (resource.Verbs.Contains("list"))
                text.Append($"\n```sh\nfedcurl $GATEWAY{Collection(resource, "default")}\n```\n");
            text.Append($"\n{Head}");
            Rows(schemas, found, "", 0, text);
        }

        return text.ToString();
    }

    private const string Head = "| field | type | |\n|---|---|---|\n";

    private static void Rows(JsonObject schemas, JsonNode schema, string path, int depth, StringBuilder text)
    {
        var required = schema["required"]?.AsArray().Select(field => (string)field!).ToHashSet() ?? [];
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            // Every object's own rows come first, once.
            if (path.Length == 0 && name is "apiVersion" or "kind" or "metadata")
                continue;
            var (type, inner, suffix) = TypeOf(schemas, property!);
            var notes = Sentence((string?)property!["description"] ?? "");
            if (required.Contains(name))
                notes = $"**Required.** {notes}";
            if (property["default"] is { } standard && !notes.Contains("efaulted to", StringComparison.Ordinal))
                notes += $" Default: `{standard.ToJsonString()}`.";
            text.Append($"| `{path}{name}{suffix}` | {type} | {notes.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)} |\n");
            if (inner is not null && depth < 12)
                Rows(schemas, inner, $"{path}{name}{suffix}.", depth + 1, text);
        }
    }

    private static (string Type, JsonNode? Inner, string Suffix) TypeOf(JsonObject schemas, JsonNode schema)
    {
        if ((string?)(schema["$ref"] ?? schema["allOf"]?[0]?["$ref"]) is { } reference)
        {
            var (name, target) = (reference[(reference.LastIndexOf('.') + 1)..], schemas[reference[Prefix.Length..]]!);
            return (name, target["properties"] is null ? null : target, "");
        }

        if (schema["items"] is { } items)
        {
            var (type, inner, _) = TypeOf(schemas, items);
            return ($"list of {type}", inner, "[]");
        }

        if (schema["additionalProperties"] is { } values)
            return ($"map to {TypeOf(schemas, values).Type}", null, "");
        return ((string?)schema["format"] is "date-time" or "duration" ? (string)schema["format"]! : (string)schema["type"]!, null, "");
    }

    /// <summary>On one line; the values of an enum as a list within it.</summary>
    private static string Sentence(string description) =>
        description.Replace("\n\nPossible enum values:", " One of", StringComparison.Ordinal).Replace("Possible enum values:", "One of", StringComparison.Ordinal)
            .Replace("\n - `\"", "; `", StringComparison.Ordinal).Replace("\"`", "`", StringComparison.Ordinal).Replace("One of;", "One of", StringComparison.Ordinal);

    private static bool IsOf(JsonNode schema, DiscoveredResource resource) =>
        schema["x-kubernetes-group-version-kind"]?[0] is { } kind && ((string)kind["group"]!, (string)kind["version"]!, (string)kind["kind"]!) == (resource.Group, resource.Version, resource.Kind);

    private static string Collection(DiscoveredResource resource, string @namespace) =>
        $"{resource.Root}/{(resource.IsNamespaced ? $"namespaces/{@namespace}/" : "")}{resource.Plural}";
}
