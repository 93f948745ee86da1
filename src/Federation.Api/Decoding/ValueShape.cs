using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;
using Federation.Api.Json;
using Federation.Api.Merging;

namespace Federation.Api.Decoding;

/// <summary>What JSON a type takes, read once from the JSON metadata: the decoder knows no kind by name.</summary>
internal abstract record ValueShape
{
    private static readonly ConcurrentDictionary<Type, ValueShape> Known = new();

    /// <summary>What is written in place of a value that could not be read, so that its neighbours keep their index.</summary>
    public abstract ReadOnlySpan<byte> Placeholder { get; }

    public static ValueShape Of(Type type)
    {
        if (Known.TryGetValue(type, out var shape))
            return shape;
        shape = Create(type);
        Known[type] = shape;
        return shape;
    }

    private static ValueShape Create(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Of(underlying);
        if (LeafShape.For(type) is { } leaf)
            return leaf;
        var info = ApiJson.Options.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => new ObjectShape(info),
            JsonTypeInfoKind.Enumerable => new ListShape(info.ElementType!),
            JsonTypeInfoKind.Dictionary => new MapShape(info.ElementType!),
            _ => throw new NotSupportedException($"The decoder does not know how to check a {type}."),
        };
    }
}

internal sealed record ObjectShape(JsonTypeInfo Info) : ValueShape
{
    private readonly Dictionary<string, PropertyShape> _properties = Info.Properties
        .Where(property => property.Get is not null || property.Set is not null)
        .ToDictionary(property => property.Name, property => new PropertyShape(property));

    public override ReadOnlySpan<byte> Placeholder => "{}"u8;

    public IEnumerable<string> Names => _properties.Keys;

    public PropertyShape? Find(string name) => _properties.GetValueOrDefault(name);
}

/// <summary>One property; its own shape is looked up late because records may nest.</summary>
internal sealed class PropertyShape(JsonPropertyInfo property)
{
    private ValueShape? _shape;
    private MergeSchema? _merging;

    /// <summary>The property says what the object is (<c>kind</c>, <c>apiVersion</c>); it is compared, not read.</summary>
    public bool IsFixed => property.Set is null;

    /// <summary>Null means absent for what has an empty form; a plain value needs to be nullable for that.</summary>
    public bool TakesNull => property.IsSetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null || Shape is not (LeafShape or EnumShape);

    public ValueShape Shape => _shape ??= property.CustomConverter is DurationConverter ? LeafShape.Duration : ValueShape.Of(property.PropertyType);

    /// <summary>How two versions of the property meet.</summary>
    public MergeSchema Merging => _merging ??= MergeSchema.Of(Shape, property.AttributeProvider);
}

internal sealed record ListShape(Type ElementType) : ValueShape
{
    public override ReadOnlySpan<byte> Placeholder => "[]"u8;

    public ValueShape Element => Of(ElementType);
}

internal sealed record MapShape(Type ElementType) : ValueShape
{
    public override ReadOnlySpan<byte> Placeholder => "{}"u8;

    public ValueShape Element => Of(ElementType);
}
