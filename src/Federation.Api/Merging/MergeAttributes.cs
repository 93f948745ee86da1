namespace Federation.Api.Merging;

/// <summary>
/// A list whose elements are told apart by some of their fields (Kubernetes' list type <c>map</c>): patches and appliers of different
/// elements do not get in each other's way.
/// </summary>
/// <param name="keys">JSON names, most important first; a key that is mostly left out carries its default: <c>protocol=TCP</c>. The first one is the merge key of strategic merge patches.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(params string[] keys) : Attribute
{
    public IReadOnlyList<string> Keys => keys;
}

/// <summary>A list of scalars in which each value stands for itself (Kubernetes' list type <c>set</c>).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListSetAttribute : Attribute;

/// <summary>A record that is replaced as a whole and has one owner (Kubernetes' map type <c>atomic</c>). Lists are that by default.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AtomicAttribute : Attribute;
