using System.Globalization;
using System.Text;

namespace Federation.Api.Validation;

/// <summary>Where a field is, such as <c>spec.template.spec.containers[0].image</c> or <c>metadata.labels[foo/bar]</c>.</summary>
/// <remarks>A chain of segments: text is made only for fields that are wrong.</remarks>
public sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string? _name;
    private readonly int _index;
    private readonly bool _isBracketed;

    private FieldPath(FieldPath? parent, string? name, int index, bool isBracketed) =>
        (_parent, _name, _index, _isBracketed) = (parent, name, index, isBracketed);

    /// <summary>The object itself; its text is empty.</summary>
    public static FieldPath Root { get; } = new(null, null, 0, isBracketed: false);

    public static FieldPath Metadata { get; } = Root.Child("metadata");

    public static FieldPath Spec { get; } = Root.Child("spec");

    public FieldPath Child(string name) => new(this, name, 0, isBracketed: false);

    public FieldPath Child(string first, string second) => Child(first).Child(second);

    public FieldPath Index(int index) => new(this, null, index, isBracketed: true);

    public FieldPath Key(string key) => new(this, key, 0, isBracketed: true);

    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        if (_parent is null)
            return;
        _parent.Append(text);
        if (_isBracketed)
            text.Append('[').Append(_name ?? _index.ToString(CultureInfo.InvariantCulture)).Append(']');
        else
            text.Append(text.Length == 0 ? "" : ".").Append(_name);
    }
}
