using System.Collections.Concurrent;
using System.Reflection;
using Federation.Api.Decoding;

namespace Federation.Api.Merging;

/// <summary>How the parts of one value are told apart when two versions of it meet.</summary>
internal enum MergeForm
{
    /// <summary>It has no parts: a scalar, or a list or record that is replaced as a whole.</summary>
    Atomic,

    /// <summary>Parts are named by the record.</summary>
    Record,

    /// <summary>Parts are named by the user.</summary>
    Map,

    /// <summary>Elements are named by their keys.</summary>
    ListMap,

    /// <summary>Elements are their own names.</summary>
    ListSet,
}

/// <summary>One of the fields that tell list elements apart.</summary>
/// <param name="Default">What an element without the field means; null: then it has no identity.</param>
internal sealed record ListKey(string Name, string? Default);

/// <summary>How a kind's objects merge, read once from their records. Strategic patches and server-side apply rest on it.</summary>
internal sealed class MergeSchema
{
    private static readonly ConcurrentDictionary<Type, MergeSchema> Roots = new();

    private readonly ValueShape? _shape;
    private MergeSchema? _element;

    private MergeSchema(ValueShape? shape, MergeForm form, IReadOnlyList<ListKey> keys) => (_shape, Form, Keys) = (shape, form, keys);

    /// <summary>What nothing is known about.</summary>
    public static MergeSchema Unknown { get; } = new(null, MergeForm.Atomic, []);

    public MergeForm Form { get; }

    /// <summary>Of a <see cref="MergeForm.ListMap"/>; in the order of their names, as identities are written.</summary>
    public IReadOnlyList<ListKey> Keys { get; }

    /// <summary>The merge key of strategic merge patches.</summary>
    public string? FirstKey { get; private init; }

    public bool IsList => _shape is ListShape;

    public static MergeSchema Of(KindDefinition kind) => Roots.GetOrAdd(kind.ResourceType, static type => Of(ValueShape.Of(type), attributes: null));

    public static MergeSchema Of(ValueShape shape, ICustomAttributeProvider? attributes)
    {
        switch (shape)
        {
            case ObjectShape record:
                return new MergeSchema(shape, record.Info.Type.IsDefined(typeof(AtomicAttribute), inherit: false) ? MergeForm.Atomic : MergeForm.Record, []);
            case MapShape:
                return new MergeSchema(shape, MergeForm.Map, []);
            case ListShape when Find<ListMapAttribute>(attributes) is { } map:
                var keys = map.Keys.Select(text => text.Split('=', 2)).Select(parts => new ListKey(parts[0], parts.Length > 1 ? parts[1] : null)).ToList();
                return new MergeSchema(shape, MergeForm.ListMap, [.. keys.OrderBy(key => key.Name, StringComparer.Ordinal)]) { FirstKey = keys[0].Name };
            case ListShape when Find<ListSetAttribute>(attributes) is not null:
                return new MergeSchema(shape, MergeForm.ListSet, []);
            default:
                return new MergeSchema(shape, MergeForm.Atomic, []);
        }
    }

    /// <summary>The field of a record, or the value of a map.</summary>
    public MergeSchema Field(string name) => _shape switch
    {
        ObjectShape record => record.Find(name)?.Merging ?? Unknown,
        MapShape map => _element ??= Of(map.Element, attributes: null),
        _ => Unknown,
    };

    public MergeSchema Element => _shape is ListShape list ? _element ??= Of(list.Element, attributes: null) : Unknown;

    private static T? Find<T>(ICustomAttributeProvider? attributes)
        where T : Attribute => attributes?.GetCustomAttributes(typeof(T), inherit: false).OfType<T>().FirstOrDefault();
}
