using Federation.Api.Meta;

namespace Federation.Api.Ownership;

/// <summary>A field that an applier states otherwise than its owner left it.</summary>
/// <param name="Owner">As messages name it: <c>"kubectl-edit" using federation/v1</c>.</param>
/// <param name="Field">Its path: <c>.spec.replicas</c>.</param>
public sealed record FieldConflict(string Owner, string Field);

/// <summary>The managers of one object. Not changed once it is built.</summary>
internal sealed class FieldOwners
{
    /// <summary>Writers that are no appliers; the oldest beyond it become one.</summary>
    private const int MostWriters = 10;

    private const string Ancient = "ancient-changes";

    private readonly List<FieldOwner> _owners;

    private FieldOwners(IEnumerable<FieldOwner> owners) => _owners = [.. owners.Where(owner => !owner.Fields.IsEmpty)];

    public static FieldOwners None { get; } = new([]);

    public bool IsEmpty => _owners.Count == 0;

    /// <returns>Null: there are entries that cannot be read.</returns>
    public static FieldOwners? Read(IReadOnlyList<ManagedFieldsEntry> entries)
    {
        if (entries.Count == 0)
            return None;
        var owners = entries.Select(FieldOwner.Read).ToList();
        return owners.Contains(null) ? null : new FieldOwners(owners!);
    }

    /// <summary>A single owner of everything.</summary>
    public static FieldOwners Of(FieldOwner owner) => new([owner]);

    public FieldSet FieldsOf(FieldOwner owner) => Find(owner)?.Fields ?? FieldSet.Empty;

    /// <summary>What anybody but this one owns.</summary>
    public FieldSet FieldsOfOthers(FieldOwner owner) =>
        _owners.Where(other => !other.IsSame(owner)).Aggregate(FieldSet.Empty, static (all, other) => FieldSet.Union(all, other.Fields));

    /// <summary>After a write that is no apply: who changes a field owns it alone.</summary>
    public FieldOwners AfterUpdate(FieldOwner writer, FieldComparison change, DateTimeOffset now)
    {
        var own = FieldSet.Union(FieldsOf(writer).Without(change.Removed), change.Changed);
        return new(Others(writer, FieldSet.Union(change.Changed, change.Removed)).Append((Find(writer) ?? writer).With(own).At(now)));
    }

    /// <summary>After an apply: the applier owns what it states, beside others who have the same; what it changed is its own alone.</summary>
    public FieldOwners AfterApply(FieldOwner applier, FieldSet taken, FieldSet stated, DateTimeOffset now) =>
        new(Others(applier, taken).Append(applier.With(stated).At(now)));

    /// <summary>Fields that the applier would change and others own.</summary>
    public List<FieldConflict> Conflicts(FieldOwner applier, FieldSet taken) =>
    [
        .. _owners.Where(owner => !owner.IsSame(applier)).OrderBy(owner => owner.ToString(), StringComparer.Ordinal)
            .SelectMany(owner => FieldSet.Intersect(owner.Fields, taken).Paths().Select(path => new FieldConflict(owner.ToString(), path))),
    ];

    public bool OwnersEqual(FieldOwners other) =>
        _owners.Count == other._owners.Count
        && _owners.TrueForAll(owner => other.Find(owner) is { } twin && twin.Fields.SetEquals(owner.Fields));

    /// <summary>In Kubernetes' order: appliers first, then by time and name.</summary>
    public IReadOnlyList<ManagedFieldsEntry> Write() =>
    [
        .. Capped().OrderBy(owner => owner.IsApply ? 0 : 1).ThenBy(owner => owner.Time).ThenBy(owner => owner.Name, StringComparer.Ordinal)
            .ThenBy(owner => owner.Subresource, StringComparer.Ordinal).Select(owner => owner.Write()),
    ];

    private IEnumerable<FieldOwner> Others(FieldOwner writer, FieldSet taken) =>
        _owners.Where(owner => !owner.IsSame(writer)).Select(owner => owner.With(owner.Fields.Without(taken)));

    private FieldOwner? Find(FieldOwner owner) => _owners.Find(known => known.IsSame(owner));

    private IEnumerable<FieldOwner> Capped()
    {
        var writers = _owners.Where(owner => !owner.IsApply).OrderBy(owner => owner.Time).ToList();
        if (writers.Count <= MostWriters)
            return _owners;
        var oldest = writers.Take(writers.Count - MostWriters + 1).ToList();
        var merged = oldest.GroupBy(owner => (owner.ApiVersion, owner.Subresource)).Select(group => new FieldOwner(
            Ancient, IsApply: false, group.Key.ApiVersion, group.Key.Subresource, group.Select(owner => owner.Fields).Aggregate(FieldSet.Union), group.Max(owner => owner.Time)));
        return _owners.Except(oldest).Concat(merged);
    }
}
