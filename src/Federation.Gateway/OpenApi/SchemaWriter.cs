using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Quantities;

namespace Federation.Gateway.OpenApi;

/// <summary>Turns the JSON shapes of records into OpenAPI schemas, one component for each record.</summary>
internal sealed class SchemaWriter
{
    public JsonObject Components { get; } = [];

    public static string NameOf(KindDefinition kind) => kind.Group.Length == 0 ? $"io.k8s.api.core.{kind.Version}.{kind.Kind}" : $"{kind.Group}.{kind.Version}.{kind.Kind}";

    public void AddKind(KindDefinition kind)
    {
        var schema = ObjectSchema(kind.TypeInfo);
        schema["x-kubernetes-group-version-kind"] = new JsonArray(new JsonObject { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind });
        Components[NameOf(kind)] = schema;
    }

    private JsonObject ObjectSchema(JsonTypeInfo info)
    {
        var properties = new JsonObject();
        foreach (var property in info.Properties)
        {
            if (property.Get is not null)
                properties[property.Name] = SchemaOf(property.PropertyType);
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties };
    }

    private JsonObject SchemaOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Scalar(type) is { } scalar)
            return scalar;
        if (type.IsEnum)
            return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetValues(type).Cast<object>().Select(value => JsonNode.Parse(JsonSerializer.Serialize(value, ApiJson.Options.GetTypeInfo(type))))]) };
        if (ElementOf(type, typeof(IReadOnlyDictionary<,>), 1) is { } valueType)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = SchemaOf(valueType) };
        if (type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type) && ElementOf(type, typeof(IEnumerable<>), 0) is { } itemType)
            return new JsonObject { ["type"] = "array", ["items"] = SchemaOf(itemType) };
        return Reference(type);
    }

    private JsonObject Reference(Type type)
    {
        var name = $"federation.{type.Name}";
        if (!Components.ContainsKey(name))
        {
            // Entered before it is filled: a record may contain itself.
            Components[name] = new JsonObject();
            Components[name] = ObjectSchema(ApiJson.Options.GetTypeInfo(type));
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private static JsonObject? Scalar(Type type)
    {
        if (type == typeof(string) || type == typeof(TimeSpan))
            return Of("string");
        if (type == typeof(int))
            return Of("integer", "int32");
        if (type == typeof(long))
            return Of("integer", "int64");
        if (type == typeof(double))
            return Of("number", "double");
        if (type == typeof(bool))
            return Of("boolean");
        if (type == typeof(DateTimeOffset))
            return Of("string", "date-time");
        if (type == typeof(Quantity) || type == typeof(IntOrString))
            return new JsonObject { ["x-kubernetes-int-or-string"] = true, ["oneOf"] = new JsonArray(Of("integer"), Of("string")) };
        return type == typeof(JsonElement) ? Of("object") : null;
    }

    private static JsonObject Of(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null)
            schema["format"] = format;
        return schema;
    }

    private static Type? ElementOf(Type type, Type generic, int argument) =>
        type.GetInterfaces().Append(type).FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == generic)?.GenericTypeArguments[argument];
}
