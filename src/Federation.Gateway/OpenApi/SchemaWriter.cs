using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Quantities;

namespace Federation.Gateway.OpenApi;

/// <summary>Turns the JSON shapes of records into OpenAPI schemas, one component for each record, described by the records' own comments.</summary>
internal sealed class SchemaWriter(FieldFacts facts)
{
    public JsonObject Components { get; } = [];

    /// <summary>Enters the kind and, where it can be listed, its list.</summary>
    public void AddKind(KindDefinition kind, bool withList)
    {
        var name = SchemaNames.Of(kind);
        var schema = ObjectSchema(kind.TypeInfo);
        schema["x-kubernetes-group-version-kind"] = new JsonArray(KindOf(kind.Group, kind.Version, kind.Kind));
        Components[name] = schema;
        if (!withList)
            return;
        Add(SchemaNames.ListMeta);
        Components[name + "List"] = MetaSchemas.ListOf(kind.Kind, name, KindOf(kind.Group, kind.Version, kind.Kind + "List"));
    }

    /// <summary>Enters one of <see cref="MetaSchemas"/>.</summary>
    public void Add(string name)
    {
        if (Components.ContainsKey(name))
            return;
        Components[name] = name == SchemaNames.Status ? StatusSchema() : MetaSchemas.Of(name);
    }

    public static JsonObject KindOf(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private JsonObject StatusSchema()
    {
        Components[SchemaNames.Status] = new JsonObject();
        var schema = ObjectSchema(ApiJson.TypeInfo<Federation.Api.Meta.Status>());
        schema["x-kubernetes-group-version-kind"] = new JsonArray(KindOf("", "v1", "Status"));
        return schema;
    }

    private JsonObject ObjectSchema(JsonTypeInfo info)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var property in info.Properties)
        {
            if (property.Get is null)
                continue;
            properties[property.Name] = PropertySchema(info, property);
            if (facts.IsRequired(info.Type, property.Name))
                required.Add(property.Name);
        }

        var schema = new JsonObject();
        if (ApiComments.Of(info.Type) is { } description)
            schema["description"] = description;
        schema["type"] = "object";
        if (required.Count > 0)
            schema["required"] = required;
        schema["properties"] = properties;
        if (ListMerging.IsAtomic(info.Type))
            schema["x-kubernetes-map-type"] = "atomic";
        return schema;
    }

    private JsonObject PropertySchema(JsonTypeInfo record, JsonPropertyInfo property)
    {
        var value = property.CustomConverter is DurationConverter ? Of("string", "duration") : SchemaOf(property.PropertyType);
        if (DescriptionOf(property) is { } description)
        {
            // Beside a $ref nothing else may stand.
            if (value.ContainsKey("$ref"))
                value = new JsonObject { ["allOf"] = new JsonArray(value) };
            value.Insert(0, "description", description);
        }

        if (facts.DefaultOf(record.Type, property.Name) is { } standard)
            value["default"] = standard;
        foreach (var (name, extension) in ListMerging.ExtensionsOf(property))
            value[name] = extension;
        return value;
    }

    /// <summary>What the field says of itself, else what its record says; enums tell what each value means.</summary>
    private static string? DescriptionOf(JsonPropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var text = property.AttributeProvider is PropertyInfo source ? ApiComments.Of(source) : null;
        if (text is null && RecordShape.NestedRecord(property) is { } record)
            text = ApiComments.Of(record.Type);
        if (!type.IsEnum)
            return text;
        var values = new StringBuilder(text ?? ApiComments.Of(type));
        if (values.Length > 0)
            values.Append("\n\n");
        values.Append("Possible enum values:");
        foreach (var value in Enum.GetValues(type).Cast<object>())
            values.Append($"\n - `\"{EnumText(type, value)}\"` {ApiComments.Of(type, value.ToString()!)}".TrimEnd());
        return values.ToString();
    }

    private JsonObject SchemaOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Scalar(type) is { } scalar)
            return scalar;
        if (type.IsEnum)
            return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetValues(type).Cast<object>().Select(value => (JsonNode)EnumText(type, value))]) };
        var info = RecordShape.Info(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Dictionary => new JsonObject { ["type"] = "object", ["additionalProperties"] = SchemaOf(info.ElementType!) },
            JsonTypeInfoKind.Enumerable => new JsonObject { ["type"] = "array", ["items"] = SchemaOf(info.ElementType!) },
            _ => Reference(info),
        };
    }

    private JsonObject Reference(JsonTypeInfo info)
    {
        var name = SchemaNames.Of(info.Type);
        if (!Components.ContainsKey(name))
        {
            // Entered before it is filled: a record may contain itself.
            Components[name] = new JsonObject();
            Components[name] = ObjectSchema(info);
        }

        return new JsonObject { ["$ref"] = SchemaNames.Reference(name) };
    }

    private JsonObject Shared(string name)
    {
        Add(name);
        return new JsonObject { ["$ref"] = SchemaNames.Reference(name) };
    }

    private JsonObject? Scalar(Type type)
    {
        if (type == typeof(string))
            return Of("string");
        if (type == typeof(TimeSpan))
            return Of("string", "duration");
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
        if (type == typeof(byte[]))
            return Of("string", "byte");
        if (type == typeof(Quantity))
            return Shared(SchemaNames.Quantity);
        if (type == typeof(IntOrString))
            return Shared(SchemaNames.IntOrString);
        return type == typeof(JsonElement) ? new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true } : null;
    }

    private static string EnumText(Type type, object value) => JsonSerializer.SerializeToElement(value, ApiJson.Options.GetTypeInfo(type)).GetString()!;

    private static JsonObject Of(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null)
            schema["format"] = format;
        return schema;
    }
}
