using System.Text.Json.Nodes;
using Federation.Gateway.Discovery;
using Federation.Gateway.Resources;

namespace Federation.Gateway.OpenApi;

/// <summary>The paths of one resource with an operation for each verb that discovery names, and their parameters.</summary>
internal sealed class OperationWriter(DiscoveredResource resource, JsonObject paths, SchemaWriter schemas)
{
    /// <summary>The verbs of single objects, by method; the rest are verbs of collections.</summary>
    private static readonly (string Verb, string Method)[] ObjectVerbs = [("get", "get"), ("update", "put"), ("patch", "patch"), ("delete", "delete")];
    private static readonly (string Verb, string Method)[] CollectionVerbs = [("list", "get"), ("create", "post"), ("deletecollection", "delete")];

    public void Write()
    {
        var collection = $"{resource.Root}/{(resource.IsNamespaced ? "namespaces/{namespace}/" : "")}{resource.Plural}";
        var schema = resource.Definition is { } kind ? SchemaNames.Of(kind) : null;
        Add(collection, CollectionVerbs, resource.Verbs, resource.ResponseKind, schema, "");
        if (resource.IsNamespaced && resource.Verbs.Contains("list"))
            Add($"{resource.Root}/{resource.Plural}", [("list", "get")], resource.Verbs, resource.ResponseKind, schema, "ForAllNamespaces");
        Add($"{collection}/{{name}}", ObjectVerbs, resource.Verbs, resource.ResponseKind, schema, "");
        foreach (var sub in resource.Subresources)
        {
            (string, string)[] verbs = [.. ObjectVerbs, ("create", "post")];
            Add($"{collection}/{{name}}/{sub.Name}", verbs, sub.Verbs, sub.ResponseKind, sub.ResponseKind == resource.ResponseKind ? schema : null, char.ToUpperInvariant(sub.Name[0]) + sub.Name[1..]);
        }
    }

    private void Add(string path, (string Verb, string Method)[] possible, IReadOnlyList<string> served, GroupVersionKind kind, string? schema, string suffix)
    {
        var operations = new JsonObject();
        foreach (var (verb, method) in possible)
        {
            if (served.Contains(verb))
                operations[method] = Operation(verb, kind, schema, suffix);
        }

        if (operations.Count == 0)
            return;
        if (path.Contains('{'))
            operations["parameters"] = new JsonArray([.. QueryParameters.OfPath(path)]);
        paths[path] = operations;
    }

    private JsonObject Operation(string verb, GroupVersionKind kind, string? schema, string suffix)
    {
        var operation = new JsonObject
        {
            ["description"] = $"{Summary(verb)} {kind.Kind}{(suffix is "" or "ForAllNamespaces" ? "" : $" ({suffix.ToLowerInvariant()})")}",
            ["operationId"] = $"{verb}{resource.Version}{resource.Kind}{suffix}",
            ["tags"] = new JsonArray(resource.Root.TrimStart('/').Replace('/', '_')),
            ["parameters"] = new JsonArray([.. QueryParameters.Of(verb)]),
            ["responses"] = Responses(verb, schema),
            ["x-kubernetes-action"] = verb == "update" ? "put" : verb == "create" ? "post" : verb,
            ["x-kubernetes-group-version-kind"] = SchemaWriter.KindOf(kind.Group, kind.Version, kind.Kind),
        };
        if (Body(verb, schema) is { } body)
            operation["requestBody"] = body;
        return operation;
    }

    private JsonObject? Body(string verb, string? schema)
    {
        switch (verb)
        {
            case "create" or "update" when schema is not null:
                return new JsonObject { ["required"] = true, ["content"] = Content(schema, "application/json", "application/yaml") };
            case "patch":
                schemas.Add(SchemaNames.Patch);
                return new JsonObject { ["required"] = true, ["content"] = Content(SchemaNames.Patch, [.. PatchBody.MediaTypes]) };
            case "delete" or "deletecollection":
                schemas.Add(SchemaNames.DeleteOptions);
                return new JsonObject { ["content"] = Content(SchemaNames.DeleteOptions, "application/json", "application/yaml") };
            default:
                return null;
        }
    }

    private JsonObject Responses(string verb, string? schema)
    {
        schemas.Add(SchemaNames.Status);
        var answer = verb switch
        {
            "list" when schema is not null => schema + "List",
            "delete" or "deletecollection" => SchemaNames.Status,
            _ => schema,
        };
        var responses = new JsonObject { [verb == "create" ? "201" : "200"] = Response("OK", answer) };
        responses["default"] = Response("What went wrong", SchemaNames.Status);
        return responses;
    }

    private static JsonObject Response(string description, string? schema)
    {
        var response = new JsonObject { ["description"] = description };
        if (schema is not null)
            response["content"] = Content(schema, "application/json");
        return response;
    }

    private static JsonObject Content(string schema, params string[] mediaTypes) => new(mediaTypes.Select(type =>
        new KeyValuePair<string, JsonNode?>(type, new JsonObject { ["schema"] = new JsonObject { ["$ref"] = SchemaNames.Reference(schema) } })));

    private static string Summary(string verb) => verb switch
    {
        "list" => "Lists or watches objects of kind",
        "create" => "Creates a",
        "deletecollection" => "Deletes all selected objects of kind",
        "get" => "Reads a",
        "update" => "Replaces a",
        "patch" => "Changes parts of a",
        "delete" => "Deletes a",
        _ => verb,
    };
}
