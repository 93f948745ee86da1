using Federation.Api.Apps;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>What the shares of all works take on each node. Kept up work by work, so that a change costs what it changes.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class NodeLedger
{
    private readonly Dictionary<string, ResourceAmounts> _taken = [];
    private readonly Dictionary<string, List<(string Node, ResourceAmounts Amounts)>> _byWork = [];

    /// <param name="uid">The work's.</param>
    /// <param name="shares">All of the work's; none: it is gone.</param>
    /// <param name="runningOn">Pods that a node still runs of the work, which may be more than its share; null: not known.</param>
    /// <returns>Whether it takes less of some node than before: others may find room there.</returns>
    public bool Set(string uid, PodTemplate template, IEnumerable<NodeShare> shares, Func<string, int>? runningOn = null)
    {
        if (_byWork.Remove(uid, out var before))
        {
            foreach (var (node, amounts) in before)
                _taken[node] = Minus(_taken[node], amounts);
        }

        var pod = ResourceAmounts.OfPod(template);
        var entries = new List<(string, ResourceAmounts)>();
        foreach (var share in shares)
        {
            var pods = Math.Max(share.Replicas, runningOn?.Invoke(share.Node) ?? 0);
            if (pods == 0)
                continue;
            var amounts = pod * pods;
            entries.Add((share.Node, amounts));
            _taken[share.Node] = Plus(_taken.GetValueOrDefault(share.Node), amounts);
        }

        if (entries.Count > 0)
            _byWork[uid] = entries;
        return before?.Exists(was => Takes(entries, was.Node) is var now && (now.CpuMilli < was.Amounts.CpuMilli || now.MemoryBytes < was.Amounts.MemoryBytes || now.Pods < was.Amounts.Pods)) == true;
    }

    /// <summary>What every work but one takes on a node.</summary>
    public ResourceAmounts TakenByOthers(string uid, string node)
    {
        var taken = _taken.GetValueOrDefault(node);
        if (_byWork.TryGetValue(uid, out var own))
        {
            foreach (var (name, amounts) in own)
                taken = name == node ? Minus(taken, amounts) : taken;
        }

        return taken;
    }

    /// <summary>What all works take on a node.</summary>
    public ResourceAmounts Taken(string node) => _taken.GetValueOrDefault(node);

    private static ResourceAmounts Takes(List<(string Node, ResourceAmounts Amounts)> entries, string node) => entries.Find(entry => entry.Node == node).Amounts;

    private static ResourceAmounts Plus(ResourceAmounts left, ResourceAmounts right) =>
        new(left.CpuMilli + right.CpuMilli, left.MemoryBytes + right.MemoryBytes, left.Pods + right.Pods);

    private static ResourceAmounts Minus(ResourceAmounts left, ResourceAmounts right) =>
        new(left.CpuMilli - right.CpuMilli, left.MemoryBytes - right.MemoryBytes, left.Pods - right.Pods);
}
