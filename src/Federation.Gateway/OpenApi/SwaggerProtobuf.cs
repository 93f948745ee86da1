using System.Text.Json.Nodes;
using Federation.Gateway.Protobuf;

namespace Federation.Gateway.OpenApi;

/// <summary>A Swagger 2.0 document as the protobuf message that kubectl asks for (gnostic's <c>openapi.v2.Document</c>); the parts that <see cref="SwaggerDocument"/> has.</summary>
internal static class SwaggerProtobuf
{
    /// <summary>As Kubernetes answers; what clients ask for has an @ in it, which RFC 6838 allows in no media type and Go refuses to read.</summary>
    public const string MediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    public static byte[] Encode(JsonObject document)
    {
        var output = new WireWriter();
        output.Text(1, (string)document["swagger"]!);
        output.Message(2, Info(document["info"]!));
        output.Message(8, new WireWriter());
        var definitions = new WireWriter();
        foreach (var (name, schema) in document["definitions"]!.AsObject())
            definitions.Message(1, Named(name, Schema(schema!.AsObject())));
        output.Message(9, definitions);
        return output.ToArray();
    }

    private static WireWriter Info(JsonNode info)
    {
        var output = new WireWriter();
        output.Text(1, (string)info["title"]!);
        output.Text(2, (string)info["version"]!);
        return output;
    }

    private static WireWriter Schema(JsonObject schema)
    {
        var output = new WireWriter();
        foreach (var (name, value) in schema)
        {
            switch (name)
            {
                case "$ref":
                    output.Text(1, (string)value!);
                    break;
                case "format":
                    output.Text(2, (string)value!);
                    break;
                case "description":
                    output.Text(4, (string)value!);
                    break;
                case "default":
                    output.Message(5, Any(value!));
                    break;
                case "required":
                    foreach (var field in value!.AsArray())
                        output.Text(19, (string)field!);
                    break;
                case "enum":
                    foreach (var choice in value!.AsArray())
                        output.Message(20, Any(choice!));
                    break;
                case "additionalProperties":
                    output.Message(21, Wrapped(Schema(value!.AsObject())));
                    break;
                case "type":
                    var type = new WireWriter();
                    type.Text(1, (string)value!);
                    output.Message(22, type);
                    break;
                case "items":
                    output.Message(23, Wrapped(Schema(value!.AsObject())));
                    break;
                case "properties":
                    var properties = new WireWriter();
                    foreach (var (field, property) in value!.AsObject())
                        properties.Message(1, Named(field, Schema(property!.AsObject())));
                    output.Message(25, properties);
                    break;
                case var extension when extension.StartsWith("x-", StringComparison.Ordinal):
                    output.Message(31, Named(extension, Any(value!)));
                    break;
                default:
                    throw new NotSupportedException($"No place for {name} in a Swagger schema.");
            }
        }

        return output;
    }

    private static WireWriter Named(string name, WireWriter value)
    {
        var output = new WireWriter();
        output.Text(1, name);
        output.Message(2, value);
        return output;
    }

    private static WireWriter Wrapped(WireWriter value)
    {
        var output = new WireWriter();
        output.Message(1, value);
        return output;
    }

    /// <summary>Any value is YAML within the message; JSON is YAML.</summary>
    private static WireWriter Any(JsonNode value)
    {
        var output = new WireWriter();
        output.Text(2, value.ToJsonString());
        return output;
    }
}
