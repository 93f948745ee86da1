using System.Collections.Immutable;
using Federation.Dns.Places;
using Federation.Dns.Wire;
using Federation.Dns.Zones.Static;

namespace Federation.Dns.Zones;

/// <summary>
/// Makes one zone version from the one before it: sets and removes names, puts a Zone object's records beside them, keeps the empty non-terminals above
/// them, and counts the serial.
/// </summary>
/// <remarks>Not safe for concurrent use; what it commits is.</remarks>
internal sealed class ZoneEditor
{
    /// <summary>Edits between two commits whose room is kept for the next ones; that of a whole zone's is not.</summary>
    private const int KeptRoom = 10_000;

    private readonly Dictionary<DnsName, int> _namesBelow = [];
    private readonly Dictionary<DnsName, int> _regions = [];
    private readonly HashSet<DnsName> _wildcards = []; // of apps
    private readonly RegionNumbers _numbers;
    private readonly StaticLayer _static = new();
    private Dictionary<DnsName, ZoneNode?> _pending = [];
    private ImmutableArray<RegionName> _regionNames = [];
    private RegionOrders _orders = RegionOrders.Unknown;
    private RegionOrders _latencyOrders = RegionOrders.Unknown;
    private ZoneApex _apex;
    private ZoneNode? _apps; // at the top
    private PreparedAnswer[] _apexAnswers = [];
    private bool _isApexStale;
    private NameTable _table = NameTable.Empty;
    private ZoneSnapshot? _committed;
    private bool _hasChanged = true;

    public ZoneEditor(ZoneApex apex, RegionNumbers? numbers = null)
    {
        _apex = apex;
        _numbers = numbers ?? new RegionNumbers();
        if (apex.IsMain)
            Set(apex.Server, apex.ServerSets);
    }

    public DnsName Apex => _apex.Name;

    /// <summary>Whether the next commit makes another version.</summary>
    public bool HasChanged => _hasChanged;

    /// <summary>Gives a name its records; without any it exists and has no data.</summary>
    /// <exception cref="ArgumentException">The name is outside the zone.</exception>
    public void Set(DnsName name, IReadOnlyList<RecordSet> sets) => Set(new NodePlan(name, sets, null, []));

    /// <inheritdoc cref="Set(DnsName, IReadOnlyList{RecordSet})"/>
    public void Set(NodePlan plan)
    {
        if (!plan.Name.IsAtOrBelow(_apex.Name))
            throw new ArgumentException($"'{plan.Name}' is not in '{_apex.Name}'.", nameof(plan));
        if (plan.Name.Equals(_apex.Name))
        {
            SetApps(ZoneNode.Prepare(plan, _apps, ZoneNode.NoRegion, _numbers));
            return;
        }

        var before = Find(plan.Name);
        if (IsWildcard(plan.Name))
            _wildcards.Add(plan.Name);
        Put(plan.Name, before, _static.Merge(ZoneNode.Prepare(plan, before, RegionOf(plan.Name), _numbers)));
    }

    /// <summary>Gives a name records that are made when they are asked for.</summary>
    public void Set(DnsName name, ILiveAnswer live)
    {
        var before = Find(name);
        Put(name, before, _static.Merge(new ZoneNode(name, []) { IsPlanned = true, Live = live }));
    }

    /// <summary>Takes a name's records away. The name itself goes too, unless others lie below it or a Zone object has it.</summary>
    public void Remove(DnsName name)
    {
        _wildcards.Remove(name);
        if (name.Equals(_apex.Name))
            SetApps(null);
        else if (Find(name) is { IsPlanned: true } before)
            Put(name, before, _static.Merge(ZoneNode.Empty(name, RegionOf(name))));
    }

    /// <summary>Puts the records of a Zone object beside what the zone has, in place of those of an earlier one.</summary>
    /// <param name="records">Null: there are none any more.</param>
    /// <param name="apex">The zone's top with what the object says of it.</param>
    public void UseStatic(StaticZone? records, ZoneApex apex)
    {
        _apex = apex;
        _hasChanged = true;
        foreach (var name in _static.Replace(records).ToArray())
            Refresh(name);
    }

    /// <summary>Declares a region: its name exists, and names below it that have no node are answered by the global ones.</summary>
    public void AddRegion(DnsName name, string region)
    {
        var number = _numbers.Of(region);
        if (!_regions.TryAdd(name, number))
            return;
        NameRegions();
        _static.Reserve(name);
        var before = Find(name);
        Put(name, before, (before ?? ZoneNode.Empty(name, number)).WithRegion(number));
        foreach (var affected in _static.AtOrBelow(name).ToArray())
            Refresh(affected);
    }

    public void RemoveRegion(DnsName name)
    {
        if (!_regions.Remove(name) || Find(name) is not { } before)
            return;
        NameRegions();
        _static.Free(name);
        Put(name, before, before.WithRegion(ZoneNode.NoRegion));
        foreach (var affected in _static.AtOrBelow(name).ToArray())
            Refresh(affected);
    }

    /// <summary>Says who stands in for which region: by geography, and by what was measured.</summary>
    public void SetOrders(RegionOrders orders, RegionOrders byLatency)
    {
        _hasChanged |= !orders.IsSameAs(_orders) || !byLatency.IsSameAs(_latencyOrders);
        (_orders, _latencyOrders) = (orders, byLatency);
    }

    /// <summary>Keeps a name and all below it from being delegated by a Zone object: the names of apps are there.</summary>
    public void Reserve(DnsName name) => _static.Reserve(name);

    /// <summary>Publishes the edits as a new version. The serial moves only when answers changed, and never backwards.</summary>
    /// <param name="revision">The store revision that the edits complete; it suggests the serial, so that name servers of one store agree on it.</param>
    public ZoneSnapshot Commit(long revision)
    {
        var serial = _committed?.Serial ?? 0;
        if (_hasChanged)
            serial = NextSerial(_committed?.Serial, revision);
        _table = _pending.Count == 0 ? _table : _table.With(_pending);
        if (_pending.Count > KeptRoom)
            _pending = [];
        _pending.Clear();
        var isNew = serial != _committed?.Serial;
        if (isNew)
            _apexAnswers = _apex.AnswersFor(serial);
        _committed = new ZoneSnapshot(
            _apex.Name,
            serial,
            revision,
            _table,
            isNew || _isApexStale ? _apex.Merge(_apexAnswers, _apps) : _committed!.ApexNode,
            isNew ? _apex.NegativeFor(serial) : _committed!.Negative)
        {
            Orders = _orders,
            Regions = _regionNames,
            LatencyOrders = _latencyOrders,
            HasCuts = _static.HasCuts,
            HasWildcards = _static.HasWildcards || _wildcards.Count > 0,
            Object = _static.Object,
        };
        (_hasChanged, _isApexStale) = (false, false);
        return _committed;
    }

    /// <summary>The revision's lower 32 bits, or the next number where that would not be an increase (RFC 1982): after a restore revisions start anew.</summary>
    internal static uint NextSerial(uint? current, long revision)
    {
        // 0 is no serial. An empty store's is the one before 1, so that the zone as of revision 1 has its own.
        var suggested = (uint)revision == 0 ? uint.MaxValue : (uint)revision;
        if (current is not { } serial)
            return suggested;
        return (int)(suggested - serial) > 0 ? suggested : Math.Max(1, serial + 1);
    }

    /// <summary>Puts what apps say at the top in place of what they said; the zone's own records there stay.</summary>
    private void SetApps(ZoneNode? next)
    {
        _hasChanged |= _apps is null ? next is not null : next is null || !_apps.AnswersLike(next);
        (_apps, _isApexStale) = (next, true);
    }

    private void NameRegions() =>
        _regionNames = [.. _regions.OrderBy(region => region.Key, CanonicalOrder.Instance).Select(region => new RegionName(region.Key, region.Value))];

    private ZoneNode? Find(DnsName name) => _pending.TryGetValue(name, out var edited) ? edited : _table.Find(name);

    /// <summary>Makes a name anew from what is planned for it and what the Zone object has.</summary>
    private void Refresh(DnsName name)
    {
        var before = Find(name);
        Put(name, before, _static.Merge(before ?? ZoneNode.Empty(name, RegionOf(name))));
    }

    /// <summary>Puts a node in the place of another and counts it among the names below those above it. A node without records stays only where it is needed.</summary>
    private void Put(DnsName name, ZoneNode? before, ZoneNode after)
    {
        Note(name, before, after.IsOwned ? after : EmptyNode(name));
        var change = (after.IsOwned ? 1 : 0) - (before is { IsOwned: true } ? 1 : 0);
        if (change != 0)
            CountAbove(name, change);
    }

    private void Note(DnsName name, ZoneNode? before, ZoneNode? after)
    {
        if (before is null && after is null)
            return;
        _pending[name] = after;
        _hasChanged = _hasChanged || before is null || after is null || !before.AnswersLike(after);
    }

    /// <summary>What stays of a name without records: an empty non-terminal, or nothing.</summary>
    private ZoneNode? EmptyNode(DnsName name)
    {
        var region = RegionOf(name);
        return region != ZoneNode.NoRegion || _namesBelow.ContainsKey(name) ? ZoneNode.Empty(name, region) : null;
    }

    private static bool IsWildcard(DnsName name) => name.Wire.StartsWith("\u0001*"u8);

    private int RegionOf(DnsName name) => _regions.GetValueOrDefault(name, ZoneNode.NoRegion);

    private void CountAbove(DnsName name, int change)
    {
        for (var above = name.Parent; !above.Equals(_apex.Name); above = above.Parent)
        {
            // One object for the name, here and in its node.
            var before = Find(above);
            above = before?.Name ?? above;
            var count = _namesBelow.GetValueOrDefault(above) + change;
            if (count == 0)
                _namesBelow.Remove(above);
            else
                _namesBelow[above] = count;

            // A name with records of its own stays what it is; any other appears with the first name below it and goes with the last.
            if (before is not { IsOwned: true } && (count == 0 || before is null))
                Note(above, before, EmptyNode(above));
        }
    }
}
