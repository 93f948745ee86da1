using System.Text.Json.Nodes;

namespace Federation.Gateway.OpenApi;

/// <summary>The schemas of all versions as one Swagger 2.0 document. <c>kubectl explain</c> of 1.27 reads nothing else, and some older client libraries.</summary>
/// <remarks>Operations are left out: with them kubectl 1.27 would check fields itself, which the server does.</remarks>
internal static class SwaggerDocument
{
    public static JsonObject Of(IEnumerable<JsonObject> openApiDocuments)
    {
        var definitions = new JsonObject();
        foreach (var schema in openApiDocuments.SelectMany(document => document["components"]!["schemas"]!.AsObject()))
            definitions.TryAdd(schema.Key, Downgrade(schema.Value!));
        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Federation", ["version"] = "v1" },
            ["paths"] = new JsonObject(),
            ["definitions"] = definitions,
        };
    }

    /// <summary>A copy in the older vocabulary: other references, no <c>oneOf</c>, and a reference stands where version 3 wraps one to describe it.</summary>
    private static JsonNode Downgrade(JsonNode node)
    {
        switch (node)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(element => Downgrade(element!))]);
            case JsonObject schema:
                var copy = new JsonObject();
                foreach (var (name, value) in schema)
                {
                    switch (name)
                    {
                        case "$ref":
                            copy[name] = ((string)value!).Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal);
                            break;
                        case "allOf":
                            copy["$ref"] = ((string)value![0]!["$ref"]!).Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal);
                            break;
                        case "oneOf":
                            copy["type"] = "string";
                            break;
                        default:
                            copy[name] = Downgrade(value!);
                            break;
                    }
                }

                return copy;
            default:
                return node.DeepClone();
        }
    }
}
