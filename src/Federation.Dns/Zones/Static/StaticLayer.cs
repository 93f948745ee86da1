using Federation.Dns.Wire;

namespace Federation.Dns.Zones.Static;

/// <summary>
/// The records of a Zone object in a zone that may have other names as well, and what becomes of them where both have something to say:
/// <code>
/// the zone's own name has            the object has there       served
/// records of the type                that type                  the zone's own
/// records of other types             that type                  both
/// anything                           an alias, a delegation     the zone's own
/// names of apps below it             a delegation               not delegated
/// </code>
/// </summary>
internal sealed class StaticLayer
{
    private static readonly Dictionary<DnsName, StaticNode> NoNodes = [];

    private readonly HashSet<DnsName> _reserved = [];
    private IReadOnlyDictionary<DnsName, StaticNode> _nodes = NoNodes;

    /// <summary>The name of the Zone object; null: there is none.</summary>
    public string? Object { get; private set; }

    public bool HasCuts { get; private set; }

    public bool HasWildcards { get; private set; }

    /// <returns>The names whose nodes are to be merged again.</returns>
    public IEnumerable<DnsName> Replace(StaticZone? records)
    {
        var before = _nodes;
        Object = records?.Object;
        _nodes = records?.Nodes ?? NoNodes;
        HasCuts = _nodes.Values.Any(node => node.Delegation is not null);
        HasWildcards = _nodes.Keys.Any(name => name.Wire.StartsWith("\u0001*"u8));
        return before.Keys.Union(_nodes.Keys);
    }

    public void Reserve(DnsName name) => _reserved.Add(name);

    public void Free(DnsName name) => _reserved.Remove(name);

    public IEnumerable<DnsName> AtOrBelow(DnsName name) => _nodes.Keys.Where(other => other.IsAtOrBelow(name));

    /// <summary>The node with the object's records in it; what it had of an earlier object goes.</summary>
    public ZoneNode Merge(ZoneNode node)
    {
        PreparedAnswer[] OwnOf(ZoneNode of) => node.IsPlanned ? [.. of.Answers.Where(answer => !answer.IsStatic)] : [];
        var own = OwnOf(node);
        if (!_nodes.TryGetValue(node.Name, out var records))
        {
            return node is { IsStatic: false } ? node : node.WithStatic(own, NextWith([]), isStatic: false);
        }

        var delegation = records.Delegation is not null && !node.IsPlanned && !IsReserved(node.Name) ? records.Delegation : null;
        var served = records.Sets.Where(set => Serves(set.Type)).Select(set => PreparedAnswer.Prepare(node.Name, set, node.Find(set.Type), isStatic: true)).ToArray();
        var leftOut = records.Sets.Select(set => set.Type).Where(type => !Serves(type)).Concat(records.Delegation is null || delegation is not null ? [] : [RecordType.Ns]).ToArray();
        return node.WithStatic([.. own, .. served], NextWith(served), isStatic: true, delegation, leftOut.Length == 0 ? null : Explain(node, leftOut));

        ZoneNode[] NextWith(PreparedAnswer[] records) => [.. node.Next.Select(other => other.WithStatic([.. OwnOf(other), .. records], [], isStatic: false))];

        bool Serves(RecordType type) =>
            (records.Delegation is null || delegation is not null) && !(node.IsPlanned && (type == RecordType.Cname || node.Live?.Type == type || own.Any(answer => answer.Type == type)));
    }

    private string Explain(ZoneNode node, RecordType[] leftOut)
    {
        var types = string.Join(", ", leftOut.Select(type => type.ToMnemonic()));
        var reason = node.IsPlanned ? "the federation has records of its own at this name, which come first" : "names of apps are there, which cannot be delegated";
        return $"Zone {Object} has {types} here, not served: {reason}.";
    }

    private bool IsReserved(DnsName name) => _reserved.Any(name.IsAtOrBelow);
}
