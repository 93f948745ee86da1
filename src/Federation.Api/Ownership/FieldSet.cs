namespace Federation.Api.Ownership;

/// <summary>A set of field paths as a tree; every branch ends in a member. Not changed once it is built, so that parts are shared.</summary>
/// <remarks>Steps are spelt as in Kubernetes' FieldsV1: <c>f:name</c> a field or map key, <c>k:{…}</c> a list element by its keys, <c>v:…</c> by its value.</remarks>
internal sealed class FieldSet
{
    private SortedDictionary<string, FieldSet>? _children;

    public static FieldSet Empty { get; } = new();

    /// <summary>The path up to here is in the set.</summary>
    public bool IsMember { get; init; }

    public bool HasChildren => _children is { Count: > 0 };

    public bool IsEmpty => !IsMember && !HasChildren;

    public IEnumerable<KeyValuePair<string, FieldSet>> Children => _children ?? [];

    /// <summary>What is in the set at or below a step; null: nothing.</summary>
    public FieldSet? Child(string step) => _children?.GetValueOrDefault(step);

    /// <summary>While the set is built.</summary>
    public void Put(string step, FieldSet child)
    {
        if (!child.IsEmpty)
            (_children ??= new(StringComparer.Ordinal))[step] = child;
    }

    public static FieldSet Union(FieldSet left, FieldSet right)
    {
        if (left.IsEmpty || ReferenceEquals(left, right))
            return right;
        if (right.IsEmpty)
            return left;
        var union = new FieldSet { IsMember = left.IsMember || right.IsMember };
        foreach (var (step, child) in left.Children)
            union.Put(step, right.Child(step) is { } other ? Union(child, other) : child);
        foreach (var (step, child) in right.Children)
        {
            if (left.Child(step) is null)
                union.Put(step, child);
        }

        return union;
    }

    public static FieldSet Intersect(FieldSet left, FieldSet right)
    {
        var both = new FieldSet { IsMember = left.IsMember && right.IsMember };
        foreach (var (step, child) in left.Children)
        {
            if (right.Child(step) is { } other)
                both.Put(step, Intersect(child, other));
        }

        return both;
    }

    /// <returns>The same instance when nothing is taken away.</returns>
    public FieldSet Without(FieldSet taken)
    {
        var isMember = IsMember && !taken.IsMember;
        var isSame = isMember == IsMember;
        var rest = new FieldSet { IsMember = isMember };
        foreach (var (step, child) in Children)
        {
            var left = taken.Child(step) is { } other ? child.Without(other) : child;
            isSame &= ReferenceEquals(left, child);
            rest.Put(step, left);
        }

        return isSame ? this : rest;
    }

    public bool SetEquals(FieldSet other) =>
        ReferenceEquals(this, other)
        || (IsMember == other.IsMember && (_children?.Count ?? 0) == (other._children?.Count ?? 0)
            && Children.All(child => other.Child(child.Key) is { } twin && child.Value.SetEquals(twin)));

    /// <summary>Every member as Kubernetes writes paths: <c>.spec.template.spec.containers[name="web"].image</c>.</summary>
    public IEnumerable<string> Paths() => Paths("");

    private IEnumerable<string> Paths(string path)
    {
        if (IsMember)
            yield return path;
        foreach (var (step, child) in Children)
        {
            foreach (var member in child.Paths(path + FieldSetJson.Shown(step)))
                yield return member;
        }
    }
}
