using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>Makes one zone version from the one before it: sets and removes names, keeps the empty non-terminals above them, and counts the serial.</summary>
/// <remarks>Not safe for concurrent use; what it commits is.</remarks>
internal sealed class ZoneEditor
{
    private readonly ZoneApex _apex;
    private readonly Dictionary<DnsName, int> _namesBelow = [];
    private readonly Dictionary<DnsName, ZoneNode?> _pending = [];
    private readonly HashSet<DnsName> _regions = [];
    private NameTable _table = NameTable.Empty;
    private ZoneSnapshot? _committed;
    private bool _hasChanged = true;

    public ZoneEditor(ZoneApex apex)
    {
        _apex = apex;
        Set(apex.Server, apex.ServerSets);
    }

    /// <summary>Gives a name its records; without any it exists and has no data.</summary>
    /// <exception cref="ArgumentException">The name is not below the apex.</exception>
    public void Set(DnsName name, IReadOnlyList<RecordSet> sets) => Set(new NodePlan(name, sets, null, []));

    /// <inheritdoc cref="Set(DnsName, IReadOnlyList{RecordSet})"/>
    public void Set(NodePlan plan)
    {
        if (!plan.Name.IsAtOrBelow(_apex.Name) || plan.Name.Equals(_apex.Name))
            throw new ArgumentException($"'{plan.Name}' is not below '{_apex.Name}'.", nameof(plan));

        var before = Find(plan.Name);
        Put(before, Prepare(plan, before));
        if (before is not { IsOwned: true })
            CountAbove(plan.Name, +1);
    }

    /// <summary>Takes a name's records away. The name itself goes too, unless others lie below it.</summary>
    public void Remove(DnsName name)
    {
        if (Find(name) is not { IsOwned: true } before)
            return;
        Put(before, EmptyNode(name));
        CountAbove(name, -1);
    }

    /// <summary>Declares a region: its name exists, and names below it that have no node are answered by the global ones.</summary>
    public void AddRegion(DnsName name)
    {
        if (!_regions.Add(name))
            return;
        var before = Find(name);
        Put(before, (before ?? ZoneNode.Empty(name, isRegion: true)).WithRegion(true));
    }

    public void RemoveRegion(DnsName name)
    {
        if (!_regions.Remove(name) || Find(name) is not { } before)
            return;
        Put(before, before.IsOwned ? before.WithRegion(false) : EmptyNode(name));
    }

    /// <summary>Publishes the edits as a new version. The serial moves only when answers changed, and never backwards.</summary>
    /// <param name="revision">The store revision that the edits complete; it suggests the serial, so that name servers of one store agree on it.</param>
    public ZoneSnapshot Commit(long revision)
    {
        var serial = _committed?.Serial ?? 0;
        if (_hasChanged)
            serial = NextSerial(_committed?.Serial, revision);
        _table = _pending.Count == 0 ? _table : _table.With(_pending);
        _pending.Clear();
        _committed = serial == _committed?.Serial
            ? new ZoneSnapshot(_apex.Name, serial, revision, _table, _committed.ApexNode, _committed.Negative)
            : new ZoneSnapshot(_apex.Name, serial, revision, _table, _apex.NodeFor(serial), _apex.NegativeFor(serial));
        _hasChanged = false;
        return _committed;
    }

    /// <summary>The revision's lower 32 bits, or the next number where that would not be an increase (RFC 1982): after a restore revisions start anew.</summary>
    internal static uint NextSerial(uint? current, long revision)
    {
        var suggested = Math.Max(1, (uint)revision);
        if (current is not { } serial)
            return suggested;
        return (int)(suggested - serial) > 0 ? suggested : Math.Max(1, serial + 1);
    }

    private ZoneNode Prepare(NodePlan plan, ZoneNode? before)
    {
        var answers = new PreparedAnswer[plan.Sets.Count];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = PreparedAnswer.Prepare(plan.Name, plan.Sets[i], before?.Find(plan.Sets[i].Type));
        var regional = new ZoneNode[plan.Regional.Count];
        for (var i = 0; i < regional.Length; i++)
            regional[i] = Prepare(plan.Regional[i], before?.FindRegional(plan.Regional[i].Name.Wire));
        return new ZoneNode(plan.Name, answers, isOwned: true, _regions.Contains(plan.Name), plan.Origin, regional);
    }

    private ZoneNode? Find(DnsName name) => _pending.TryGetValue(name, out var edited) ? edited : _table.Find(name);

    private void Put(ZoneNode? before, ZoneNode? after)
    {
        var name = (after ?? before)?.Name;
        if (name is null)
            return;
        _pending[name] = after;
        _hasChanged |= before is null || after is null || !before.AnswersLike(after);
    }

    /// <summary>What stays of a name without records: an empty non-terminal, or nothing.</summary>
    private ZoneNode? EmptyNode(DnsName name)
    {
        var isRegion = _regions.Contains(name);
        return isRegion || _namesBelow.ContainsKey(name) ? ZoneNode.Empty(name, isRegion) : null;
    }

    private void CountAbove(DnsName name, int change)
    {
        for (var above = name.Parent; !above.Equals(_apex.Name); above = above.Parent)
        {
            var count = _namesBelow.GetValueOrDefault(above) + change;
            if (count == 0)
                _namesBelow.Remove(above);
            else
                _namesBelow[above] = count;

            // A name with records of its own stays what it is; any other appears with the first name below it and goes with the last.
            var before = Find(above);
            if (before is not { IsOwned: true } && (count == 0 || before is null))
                Put(before, EmptyNode(above));
        }
    }
}
