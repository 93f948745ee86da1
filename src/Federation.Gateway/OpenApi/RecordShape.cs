using System.Text.Json.Serialization.Metadata;
using Federation.Api.Json;

namespace Federation.Gateway.OpenApi;

/// <summary>Questions about the properties of records, as the JSON metadata answers them.</summary>
internal static class RecordShape
{
    public static bool IsList(JsonPropertyInfo property) => Kind(property.PropertyType) == JsonTypeInfoKind.Enumerable;

    /// <summary>May be null: absent is something else than empty.</summary>
    public static bool IsOptional(JsonPropertyInfo property) => property.IsGetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null;

    /// <summary>The record in the property, or in the elements of its list; null: there is none.</summary>
    public static JsonTypeInfo? NestedRecord(JsonPropertyInfo property)
    {
        var info = Info(property.PropertyType);
        if (info.Kind == JsonTypeInfoKind.Enumerable)
            info = Info(info.ElementType!);
        return info.Kind == JsonTypeInfoKind.Object ? info : null;
    }

    /// <summary>The record and the field that a path such as <c>spec.template.spec.containers[0].image</c> ends at; null: it is none of a record's.</summary>
    public static (Type Record, string Field)? Resolve(JsonTypeInfo root, string path)
    {
        var record = root;
        var names = path.Split('.');
        for (var index = 0; ; index++)
        {
            var bracket = names[index].IndexOf('[');
            var name = bracket < 0 ? names[index] : names[index][..bracket];
            if (record.Properties.FirstOrDefault(property => property.Name == name) is not { } property)
                return null;
            if (index == names.Length - 1)
                return bracket < 0 ? (record.Type, name) : null;
            if (NestedRecord(property) is not { } nested)
                return null;
            record = nested;
        }
    }

    public static JsonTypeInfo Info(Type type) => ApiJson.Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);

    private static JsonTypeInfoKind Kind(Type type) => Info(type).Kind;
}
