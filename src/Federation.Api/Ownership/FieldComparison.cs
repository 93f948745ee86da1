using System.Text.Json;
using Federation.Api.Merging;

namespace Federation.Api.Ownership;

/// <summary>Which fields differ between two versions of an object.</summary>
/// <param name="Changed">Fields that are new or have another value.</param>
/// <param name="Removed">Fields that are gone.</param>
internal readonly record struct FieldComparison(FieldSet Changed, FieldSet Removed)
{
    private static readonly FieldSet Leaf = new() { IsMember = true };

    private static FieldComparison Same => new(FieldSet.Empty, FieldSet.Empty);

    /// <summary>Every field of a value.</summary>
    public static FieldSet FieldsOf(JsonElement value, MergeSchema schema) => Of(null, value, schema).Changed;

    /// <param name="before">Null: there was none.</param>
    /// <param name="after">Null: there is none any more.</param>
    public static FieldComparison Of(JsonElement? before, JsonElement? after, MergeSchema schema)
    {
        before = before is { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } ? null : before;
        after = after is { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } ? null : after;
        if (before is null && after is null)
            return Same;
        return schema.Form switch
        {
            MergeForm.Record or MergeForm.Map when AreAll(JsonValueKind.Object, before, after) => OfFields(before, after, schema),
            MergeForm.ListMap or MergeForm.ListSet when AreAll(JsonValueKind.Array, before, after) => OfElements(before, after, schema) ?? OfWhole(before, after),
            _ => OfWhole(before, after),
        };
    }

    private static FieldComparison OfWhole(JsonElement? before, JsonElement? after)
    {
        if (after is null)
            return new FieldComparison(FieldSet.Empty, Leaf);
        return before is { } old && JsonElement.DeepEquals(old, after.Value) ? Same : new FieldComparison(Leaf, FieldSet.Empty);
    }

    private static FieldComparison OfFields(JsonElement? before, JsonElement? after, MergeSchema schema)
    {
        // An empty record says something too: that it is there.
        if (IsEmptyObject(before) && IsEmptyObject(after))
            return before is not null && after is not null ? Same : OfWhole(before, after);
        var (changed, removed) = (new FieldSet(), new FieldSet());
        if (after is { } next)
        {
            foreach (var field in next.EnumerateObject())
                Add(field.Name, before is { } old && old.TryGetProperty(field.Name, out var value) ? value : null, field.Value);
        }

        if (before is { } fields)
        {
            foreach (var field in fields.EnumerateObject())
            {
                if (after is null || !after.Value.TryGetProperty(field.Name, out _))
                    Add(field.Name, field.Value, null);
            }
        }

        return new FieldComparison(changed, removed);

        void Add(string name, JsonElement? old, JsonElement? now)
        {
            var part = Of(old, now, schema.Field(name));
            changed.Put($"f:{name}", part.Changed);
            removed.Put($"f:{name}", part.Removed);
        }
    }

    private static FieldComparison? OfElements(JsonElement? before, JsonElement? after, MergeSchema schema)
    {
        List<(string Identity, JsonElement Value)>? none = [];
        var (were, now) = (before is { } b ? ListIdentity.Of(b, schema) : none, after is { } a ? ListIdentity.Of(a, schema) : none);
        if (were is null || now is null)
            return null;
        var old = were.ToDictionary(element => element.Identity, element => element.Value);
        if (old.Count == 0 && now.Count == 0)
            return OfWhole(before, after);
        var (changed, removed) = (new FieldSet(), new FieldSet());
        foreach (var (identity, value) in now)
        {
            var isKnown = old.Remove(identity, out var was);
            var part = Of(isKnown ? was : null, value, schema.Element);
            changed.Put(identity, isKnown ? part.Changed : FieldSet.Union(Leaf, part.Changed));
            removed.Put(identity, part.Removed);
        }

        foreach (var (identity, value) in old)
            removed.Put(identity, FieldSet.Union(Leaf, Of(value, null, schema.Element).Removed));
        return new FieldComparison(changed, removed);
    }

    private static bool IsEmptyObject(JsonElement? value) => value is null || !value.Value.EnumerateObject().MoveNext();

    private static bool AreAll(JsonValueKind kind, JsonElement? left, JsonElement? right) =>
        (left is null || left.Value.ValueKind == kind) && (right is null || right.Value.ValueKind == kind);
}
