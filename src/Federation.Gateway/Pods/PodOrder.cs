using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Pods;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Pods;

/// <summary>The order of pods: namespace, then name, ordinal.</summary>
internal sealed class PodOrder : IComparer<ObjectView>
{
    public static readonly PodOrder Instance = new();

    public int Compare(ObjectView? x, ObjectView? y)
    {
        var byNamespace = string.CompareOrdinal(x!.Key.Namespace, y!.Key.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(x.Key.Name, y.Key.Name);
    }
}

/// <summary>A stretch of the pods at one revision.</summary>
internal sealed class PodSnapshot(long revision, ImmutableSortedSet<ObjectView> pods, int start, int end) : Snapshot
{
    public override long Revision => revision;

    public override int Count => end - start;

    public override ObjectView this[int index] => pods[start + index];

    /// <param name="namespace">Null: all.</param>
    public static PodSnapshot Of(long revision, ImmutableSortedSet<ObjectView> pods, string? @namespace)
    {
        if (@namespace is null)
            return new PodSnapshot(revision, pods, 0, pods.Count);
        // No name is empty, and no namespace ends in the lowest character there is.
        var start = FirstAtOrAfter(pods, new ObjectKey(Pod.KindName, @namespace, ""));
        return new PodSnapshot(revision, pods, start, FirstAtOrAfter(pods, new ObjectKey(Pod.KindName, @namespace + '\0', "")));
    }

    public static ObjectView? Find(ImmutableSortedSet<ObjectView> pods, ObjectKey key) => pods.TryGetValue(Probe(key), out var found) ? found : null;

    public override Snapshot After(ObjectKey key)
    {
        var index = pods.IndexOf(Probe(key));
        return new PodSnapshot(revision, pods, Math.Clamp(index >= 0 ? index + 1 : ~index, start, end), end);
    }

    public override IEnumerable<ObjectView> Enumerate()
    {
        if (Count == pods.Count)
            return pods;
        return Enumerable.Range(start, Count).Select(index => pods[index]);
    }

    private static int FirstAtOrAfter(ImmutableSortedSet<ObjectView> pods, ObjectKey key)
    {
        var index = pods.IndexOf(Probe(key));
        return index >= 0 ? index : ~index;
    }

    private static ObjectView Probe(ObjectKey key) => ObjectView.Probe(key);
}
