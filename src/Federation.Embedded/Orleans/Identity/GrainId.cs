using System.Runtime.InteropServices;

namespace Orleans.Runtime;

/// <summary>The name of a grain class.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GrainType
{
    private readonly string? name;

    private GrainType(string name) => this.name = name;

    public bool IsDefault => name is null;

    public static GrainType Create(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        return new GrainType(value);
    }

    public override string ToString() => name ?? "";
}

/// <summary>The key part of a grain id.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct IdSpan
{
    private readonly string? text;

    private IdSpan(string text) => this.text = text;

    public bool IsDefault => text is null;

    public static IdSpan Create(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return new IdSpan(id);
    }

    public override string ToString() => text ?? "";
}

/// <summary>The identity of a grain: its class name and its key. As text: <c>type/key</c>; a key may contain slashes.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GrainId(GrainType Type, IdSpan Key)
{
    public bool IsDefault => Type.IsDefault && Key.IsDefault;

    public static GrainId Create(string type, string key) => Create(GrainType.Create(type), key);

    public static GrainId Create(GrainType type, string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return new GrainId(type, IdSpan.Create(key));
    }

    public static GrainId Parse(string value) =>
        TryParse(value, out var id) ? id : throw new ArgumentException($"'{value}' is not a grain id.", nameof(value));

    public static bool TryParse(string? value, out GrainId result)
    {
        var slash = value?.IndexOf('/') ?? -1;
        result = slash <= 0 ? default : new GrainId(GrainType.Create(value![..slash]), IdSpan.Create(value[(slash + 1)..]));
        return slash > 0;
    }

    public override string ToString() => $"{Type}/{Key}";
}
