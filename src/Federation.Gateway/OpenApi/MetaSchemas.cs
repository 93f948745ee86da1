using System.Text.Json.Nodes;

namespace Federation.Gateway.OpenApi;

/// <summary>The schemas that no record stands for.</summary>
internal static class MetaSchemas
{
    /// <exception cref="KeyNotFoundException">There is no such schema here.</exception>
    public static JsonObject Of(string name) => name switch
    {
        SchemaNames.ListMeta => Object("What a list says of itself.",
            ("resourceVersion", Text("The revision that the list shows, as text; a watch from here misses nothing.")),
            ("continue", Text("Absent on the last page; else the value of the parameter continue for the next one.")),
            ("remainingItemCount", Number("How many objects come after this page; absent when nobody counted them.")),
            ("selfLink", Text("Always absent."))),
        SchemaNames.DeleteOptions => Kinded(Object("How an object is deleted; the body of a DELETE, or absent.",
            ("apiVersion", Text("v1, or the version of the object.")),
            ("kind", Text("DeleteOptions.")),
            ("dryRun", new JsonObject { ["description"] = "All: everything is done but the deletion.", ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } }),
            ("gracePeriodSeconds", Number("How long what runs may take to stop, in seconds; absent: as the object says.")),
            ("orphanDependents", new JsonObject { ["description"] = "The older form of propagationPolicy Orphan.", ["type"] = "boolean" }),
            ("preconditions", Object("What must be so for the object to be deleted; else 409.",
                ("uid", Text("The object's uid.")),
                ("resourceVersion", Text("The object's resourceVersion.")))),
            ("propagationPolicy", Text("Background, Foreground or Orphan: what becomes of the objects that this one owns."))), "DeleteOptions"),
        SchemaNames.Patch => Object("A patch; its media type says of which sort."),
        SchemaNames.WatchEvent => Kinded(Object("One line of a watch.",
            ("type", Text("ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.")),
            ("object", new JsonObject { ["description"] = "The object as it is after the change, for DELETED as it was before; for ERROR a Status.", ["type"] = "object" })), "WatchEvent"),
        SchemaNames.Quantity => Either("An amount such as 200m (thousandths), 1.5, 32Mi (1024-based) or 1G (1000-based).", "string", "number"),
        SchemaNames.IntOrString => Format(Either("A port's number or its name.", "integer", "string"), "int-or-string"),
        _ => throw new KeyNotFoundException(name),
    };

    public static JsonObject ListOf(string kind, string schema, JsonObject listKind)
    {
        var list = Object($"A list of {kind} objects.",
            ("apiVersion", Text("The version of this representation.")),
            ("kind", Text($"{kind}List.")),
            ("metadata", new JsonObject { ["description"] = "What the list says of itself.", ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = SchemaNames.Reference(SchemaNames.ListMeta) }) }),
            ("items", new JsonObject { ["description"] = "The objects, by namespace and name.", ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = SchemaNames.Reference(schema) } }));
        list["required"] = new JsonArray("items");
        list["x-kubernetes-group-version-kind"] = new JsonArray(listKind);
        return list;
    }

    private static JsonObject Object(string description, params (string Name, JsonObject Schema)[] properties)
    {
        var schema = new JsonObject { ["description"] = description, ["type"] = "object" };
        if (properties.Length > 0)
            schema["properties"] = new JsonObject(properties.Select(property => new KeyValuePair<string, JsonNode?>(property.Name, property.Schema)));
        return schema;
    }

    private static JsonObject Text(string description) => new() { ["description"] = description, ["type"] = "string" };

    private static JsonObject Number(string description) => new() { ["description"] = description, ["type"] = "integer", ["format"] = "int64" };

    private static JsonObject Either(string description, string first, string second) => new()
    {
        ["description"] = description,
        ["oneOf"] = new JsonArray(new JsonObject { ["type"] = first }, new JsonObject { ["type"] = second }),
    };

    private static JsonObject Format(JsonObject schema, string format)
    {
        schema["format"] = format;
        return schema;
    }

    private static JsonObject Kinded(JsonObject schema, string kind)
    {
        schema["x-kubernetes-group-version-kind"] = new JsonArray(SchemaWriter.KindOf("", "v1", kind));
        return schema;
    }
}
