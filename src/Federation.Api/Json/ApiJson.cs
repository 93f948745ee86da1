using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Federation.Api.Meta;

namespace Federation.Api.Json;

/// <summary>The one place where the API's records become JSON: camelCase, strict when reading, nothing empty when writing.</summary>
public static class ApiJson
{
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>The JSON shape of a record.</summary>
    public static JsonTypeInfo<T> TypeInfo<T>() => Shape<T>.Info;

    public static byte[] ToUtf8<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<T>());

    /// <summary>Reads what this product wrote (store, agents). What users send goes through the strict decoder, which names every wrong field.</summary>
    public static T FromUtf8<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, TypeInfo<T>()) ?? throw new JsonException($"null is not a {typeof(T).Name}.");

    /// <summary>The store's form of an object: without <c>metadata.resourceVersion</c>, which is known only once it is written.</summary>
    public static byte[] Write(Resource resource)
    {
        var stored = WithoutRevision(resource);
        return JsonSerializer.SerializeToUtf8Bytes(stored, Options.GetTypeInfo(stored.GetType()));
    }

    /// <summary>The client's form of an object: with its revision as <c>metadata.resourceVersion</c>.</summary>
    public static byte[] Write(Resource resource, long revision)
    {
        var served = resource.WithRevision(revision);
        return JsonSerializer.SerializeToUtf8Bytes(served, Options.GetTypeInfo(served.GetType()));
    }

    /// <summary>Whether both objects would be stored as the same bytes. Records hold lists, so their own equality says nothing.</summary>
    public static bool AreStoredAlike(Resource left, Resource right) =>
        left.GetType() == right.GetType()
        && StoredEquality.AreEqual(WithoutRevision(left), WithoutRevision(right), Options.GetTypeInfo(left.GetType()));

    /// <summary>Whether both values are written as the same bytes.</summary>
    public static bool AreWrittenAlike<T>(T left, T right) => StoredEquality.AreEqual(left, right, TypeInfo<T>());

    /// <summary>Reads an object this product wrote.</summary>
    public static Resource Read(KindDefinition definition, ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, definition.TypeInfo) as Resource ?? throw new JsonException($"null is not a {definition.Kind}.");

    private static Resource WithoutRevision(Resource resource) =>
        resource.Metadata.ResourceVersion is null ? resource : resource with { Metadata = resource.Metadata with { ResourceVersion = null } };

    /// <remarks>
    /// Metadata comes from reflection, not from a source-generated context: generated code sets every init-only property it did
    /// not read to <c>default</c>, so that an absent list would become null instead of the empty list its record declares.
    /// </remarks>
    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            RespectNullableAnnotations = true,
            AllowDuplicateProperties = false,
            Converters = { new NamedEnumConverter(), new TimeConverter() },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver().WithAddedModifier(OmitEmpty).WithAddedModifier(IdentityFirst),
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>An object begins with what it is, as people write it. (An attribute on the base record would not reach its overrides.)</summary>
    private static void IdentityFirst(JsonTypeInfo info)
    {
        if (!typeof(Resource).IsAssignableFrom(info.Type))
            return;
        foreach (var property in info.Properties)
            property.Order = property.Name switch { "apiVersion" => -3, "kind" => -2, "metadata" => -1, _ => 0 };
    }

    private static void OmitEmpty(JsonTypeInfo info)
    {
        foreach (var property in info.Properties)
        {
            if (property.PropertyType == typeof(long) && property.Name is "generation" or "observedGeneration")
                property.ShouldSerialize = static (_, value) => value is not 0L;
            else if (property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType))
                property.ShouldSerialize = static (_, value) => value is not null and not ICollection { Count: 0 };
        }
    }

    /// <summary>Looked up once: the options look for it each time.</summary>
    private static class Shape<T>
    {
        public static readonly JsonTypeInfo<T> Info = (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
    }
}
