using Federation.Api.Zones;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones.Static;

/// <summary>The Zone objects and the zones they make: more records for the federation's own, or zones of their own.</summary>
/// <remarks>Of several objects with one zone the oldest has it. Not safe for concurrent use.</remarks>
internal sealed class StaticZones(ZoneOptions options, DnsName mainApex, ZoneEditor mainEditor)
{
    private readonly Dictionary<string, Entry> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<DnsName, ZoneEditor> _others = [];
    private readonly HashSet<DnsName> _stale = [];
    private ServedZones? _served;

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

    /// <summary>Publishes what has changed of all zones, the federation's own included.</summary>
    public ServedZones Commit(long revision)
    {
        foreach (var apex in _stale)
            Apply(apex);
        var main = mainEditor.Commit(revision);
        if (_served is null || _stale.Count > 0)
            _served = new ServedZones(main, _others.Values.Select(zone => zone.HasChanged ? zone.Commit(revision) : _served!.Find(zone.Apex)!));
        else
            _served = _served.With(main);
        _stale.Clear();
        return _served;
    }

    private void Apply(DnsName apex)
    {
        var zone = _objects.Values
            .Where(entry => entry.Zone.Apex.Equals(apex))
            .OrderBy(entry => entry.Created)
            .ThenBy(entry => entry.Zone.Object, StringComparer.Ordinal)
            .FirstOrDefault()?.Zone;
        if (zone is null && !apex.Equals(mainApex))
        {
            _others.Remove(apex);
            return;
        }

        var top = new ZoneApex(options, apex, zone);
        var editor = apex.Equals(mainApex) ? mainEditor : _others.GetValueOrDefault(apex);
        if (editor is null)
            _others.Add(apex, editor = new ZoneEditor(top));
        editor.UseStatic(zone, top);
    }

    private sealed record Entry(StaticZone Zone, DateTimeOffset? Created);
}
