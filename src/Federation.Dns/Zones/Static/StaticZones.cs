using System.Collections.Immutable;
using Federation.Api.Zones;
using Federation.Dns.Places;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones.Static;

/// <summary>The Zone objects and the zones they make: more records for the federation's own, or zones of their own.</summary>
/// <remarks>Of several objects with one zone the oldest has it. Not safe for concurrent use.</remarks>
internal sealed class StaticZones(ZoneOptions options, DnsName mainApex, ZoneEditor mainEditor, RegionNumbers numbers)
{
    private readonly Dictionary<string, Entry> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<DnsName, ZoneEditor> _others = [];
    private readonly Dictionary<DnsName, StaticZone> _applied = [];
    private readonly HashSet<DnsName> _stale = [];
    private readonly HashSet<ZoneEditor> _withHosts = [];
    private readonly string _main = mainApex.ToString().TrimEnd('.');
    private (RegionOrders Orders, RegionOrders ByLatency) _orders = (RegionOrders.Unknown, RegionOrders.Unknown);
    private ServedZones? _served;
    private bool _areOthers;

    public void Put(Zone zone)
    {
        // What cannot be read takes nothing away: the gateway refuses it, and an earlier version goes on being served.
        if (zone.IsDeleting)
            Remove(zone.Metadata.Name);
        if (zone.IsDeleting || StaticZone.Read(zone) is not { } read)
            return;
        Remove(zone.Metadata.Name);
        _objects.Add(zone.Metadata.Name, new Entry(read, zone.Metadata.CreationTimestamp));
        _stale.Add(read.Apex);
    }

    public void Remove(string name)
    {
        if (_objects.Remove(name, out var entry))
            _stale.Add(entry.Zone.Apex);
    }

    public void Replace(IReadOnlyList<Zone> zones)
    {
        var listed = zones.Select(zone => zone.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _objects.Keys.Where(name => !listed.Contains(name)).ToArray())
            Remove(gone);
        foreach (var zone in zones)
            Put(zone);
    }

    /// <summary>Makes zones of the objects that have changed, so that hosts find them.</summary>
    /// <returns>Whether any has.</returns>
    public bool Prepare()
    {
        var hasChanged = _stale.Count > 0;
        foreach (var apex in _stale)
            Apply(apex);
        _areOthers |= hasChanged;
        _stale.Clear();
        return hasChanged;
    }

    /// <summary>Publishes what has changed of all zones, the federation's own included. <see cref="Prepare"/> goes before.</summary>
    public ServedZones Commit(long revision)
    {
        var main = mainEditor.Commit(revision);
        if (_served is null || _areOthers)
            _served = new ServedZones(main, _others.Values.Select(zone => zone.HasChanged ? zone.Commit(revision) : _served!.Find(zone.Apex)!)) { UnservedObjects = Unserved() };
        else
            _served = _served.With([main, .. _withHosts.Where(zone => zone.HasChanged).Select(zone => zone.Commit(revision))]);
        _areOthers = false;
        return _served;
    }

    /// <summary>Where a host is, and whose it may be.</summary>
    /// <param name="host">A whole name, with a final dot.</param>
    public HostPlace PlaceOf(string host)
    {
        var grants = new HostGrants(apex => DnsName.TryParse(apex, out var name) ? _applied.GetValueOrDefault(name)?.Grants : null, _main);
        var verdict = grants.Find(host.TrimEnd('.'));
        var editor = verdict is { Namespace: not null, Zone: { } zone } ? EditorOf(DnsName.Parse(zone)) : null;
        return new HostPlace(editor, verdict.Namespace, verdict.Why);
    }

    /// <summary>Says who stands in for which region, where apps have names.</summary>
    public void SetOrders(RegionOrders orders, RegionOrders byLatency)
    {
        _orders = (orders, byLatency);
        mainEditor.SetOrders(orders, byLatency);
        foreach (var editor in _withHosts)
            editor.SetOrders(orders, byLatency);
    }

    /// <summary>A zone other than the federation's is going to have names of apps.</summary>
    public void Use(ZoneEditor editor)
    {
        if (!ReferenceEquals(editor, mainEditor) && _withHosts.Add(editor))
            editor.SetOrders(_orders.Orders, _orders.ByLatency);
    }

    private ZoneEditor? EditorOf(DnsName apex) => apex.Equals(mainApex) ? mainEditor : _others.GetValueOrDefault(apex);

    private ImmutableArray<UnservedZone> Unserved() =>
    [
        .. _objects
            .Where(entry => _applied[entry.Value.Zone.Apex].Object != entry.Key)
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => new UnservedZone(entry.Key, entry.Value.Zone.Apex, $"Zone {_applied[entry.Value.Zone.Apex].Object} has the same zone and is older.")),
    ];

    private void Apply(DnsName apex)
    {
        var zone = _objects.Values
            .Where(entry => entry.Zone.Apex.Equals(apex))
            .OrderBy(entry => entry.Created)
            .ThenBy(entry => entry.Zone.Object, StringComparer.Ordinal)
            .FirstOrDefault()?.Zone;
        if (zone is null)
            _applied.Remove(apex);
        else
            _applied[apex] = zone;
        if (zone is null && !apex.Equals(mainApex))
        {
            if (_others.Remove(apex, out var gone))
                _withHosts.Remove(gone);
            return;
        }

        var top = new ZoneApex(options, apex, zone);
        var editor = apex.Equals(mainApex) ? mainEditor : _others.GetValueOrDefault(apex);
        if (editor is null)
            _others.Add(apex, editor = new ZoneEditor(top, numbers));
        editor.UseStatic(zone, top);
    }

    /// <summary>Whose a host may be.</summary>
    /// <param name="Editor">Of its zone; null: nobody may have it.</param>
    /// <param name="Namespace">Whose apps may have it; null: nobody's.</param>
    /// <param name="Why">To follow <c>because</c>.</param>
    public sealed record HostPlace(ZoneEditor? Editor, string? Namespace, string Why);

    private sealed record Entry(StaticZone Zone, DateTimeOffset? Created);
}
