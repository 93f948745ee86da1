using System.Collections.Immutable;
using Federation.Api;

namespace Federation.Gateway.Sources;

/// <summary>The order of reported objects: namespace, then name, ordinal.</summary>
internal sealed class ReportedOrder : IComparer<ObjectView>
{
    public static readonly ReportedOrder Instance = new();

    public int Compare(ObjectView? x, ObjectView? y)
    {
        var byNamespace = string.CompareOrdinal(x!.Key.Namespace, y!.Key.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(x.Key.Name, y.Key.Name);
    }
}

/// <summary>A stretch of a reported kind's objects at one revision.</summary>
internal sealed class ReportedSnapshot(long revision, ImmutableSortedSet<ObjectView> objects, int start, int end) : Snapshot
{
    /// <summary>The order is that of one kind: which one does not matter.</summary>
    private const string AnyKind = "";

    public override long Revision => revision;

    public override int Count => end - start;

    public override ObjectView this[int index] => objects[start + index];

    /// <param name="namespace">Null: all.</param>
    public static ReportedSnapshot Of(long revision, ImmutableSortedSet<ObjectView> objects, string? @namespace)
    {
        if (@namespace is null)
            return new ReportedSnapshot(revision, objects, 0, objects.Count);
        // No name is empty, and no namespace ends in the lowest character there is.
        var start = FirstAtOrAfter(objects, new ObjectKey(AnyKind, @namespace, ""));
        return new ReportedSnapshot(revision, objects, start, FirstAtOrAfter(objects, new ObjectKey(AnyKind, @namespace + '\0', "")));
    }

    public static ObjectView? Find(ImmutableSortedSet<ObjectView> objects, ObjectKey key) => objects.TryGetValue(Probe(key), out var found) ? found : null;

    public override Snapshot After(ObjectKey key)
    {
        var index = objects.IndexOf(Probe(key));
        return new ReportedSnapshot(revision, objects, Math.Clamp(index >= 0 ? index + 1 : ~index, start, end), end);
    }

    public override IEnumerable<ObjectView> Enumerate()
    {
        if (Count == objects.Count)
            return objects;
        return Enumerable.Range(start, Count).Select(index => objects[index]);
    }

    private static int FirstAtOrAfter(ImmutableSortedSet<ObjectView> objects, ObjectKey key)
    {
        var index = objects.IndexOf(Probe(key));
        return index >= 0 ? index : ~index;
    }

    private static ObjectView Probe(ObjectKey key) => ObjectView.Probe(key);
}
