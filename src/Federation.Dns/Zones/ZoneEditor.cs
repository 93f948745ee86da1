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

    /// <summary>Gives a name its records; without any it exists and has no data. Names outside the zone are the caller's error.</summary>
    public void Set(DnsName name, IReadOnlyList<RecordSet> sets, PlannedOrigin? origin = null)
    {
        if (!name.IsAtOrBelow(_apex.Name) || name.Equals(_apex.Name))
            throw new ArgumentException($"'{name}' is not below '{_apex.Name}'.", nameof(name));

        var before = Find(name);
        var answers = new PreparedAnswer[sets.Count];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = PreparedAnswer.Prepare(name, sets[i], before?.Find(sets[i].Type));
        Put(before, new ZoneNode(name, answers, isOwned: true, _regions.Contains(name), origin));
        if (before is not { IsOwned: true })
            CountAbove(name, +1);
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
        Put(before, new ZoneNode(name, before?.Answers ?? [], before?.IsOwned ?? false, isRegion: true, before?.Origin));
    }

    public void RemoveRegion(DnsName name)
    {
        if (!_regions.Remove(name) || Find(name) is not { } before)
            return;
        Put(before, before.IsOwned ? new ZoneNode(name, before.Answers, isOwned: true, isRegion: false, before.Origin) : EmptyNode(name));
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
        return isRegion || _namesBelow.ContainsKey(name) ? new ZoneNode(name, [], isOwned: false, isRegion, null) : null;
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
