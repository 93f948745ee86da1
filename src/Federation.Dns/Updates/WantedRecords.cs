using Federation.Dns.Transfers;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Updates;

/// <summary>What of our zone another server is to have, by name: the static view without what says who serves the zone.</summary>
internal sealed class WantedRecords
{
    private readonly Dictionary<DnsName, List<WireRecord>> _names = [];
    private ZoneSnapshot? _version;
    private HashSet<DnsName> _servers = [];

    public IEnumerable<DnsName> Names => _names.Keys;

    public IReadOnlyCollection<WireRecord> At(DnsName name) => _names.GetValueOrDefault(name, []);

    /// <summary>Goes on to a version of the zone.</summary>
    /// <returns>The names that may have other records than before.</returns>
    public HashSet<DnsName> Follow(ZoneSnapshot zone)
    {
        var servers = ServersOf(zone);
        if (_version is null || !servers.SetEquals(_servers))
            return Begin(zone, servers);
        var difference = ZoneDifference.Between(_version, zone);
        _version = zone;
        var changed = new HashSet<DnsName>();
        foreach (var record in difference.Deleted.Where(record => IsWanted(record, zone.Apex)))
        {
            changed.Add(record.Owner);
            if (_names.TryGetValue(record.Owner, out var records) && records.Remove(record) && records.Count == 0)
                _names.Remove(record.Owner);
        }

        Add(difference.Added, zone, changed);
        return changed;
    }

    private HashSet<DnsName> Begin(ZoneSnapshot zone, HashSet<DnsName> servers)
    {
        (_version, _servers) = (zone, servers);
        var changed = _names.Keys.ToHashSet();
        _names.Clear();
        Add(ZoneContents.Of(zone).Select(WireRecord.From), zone, changed);
        return changed;
    }

    private void Add(IEnumerable<WireRecord> added, ZoneSnapshot zone, HashSet<DnsName> changed)
    {
        foreach (var record in added.Where(record => IsWanted(record, zone.Apex)))
        {
            changed.Add(record.Owner);
            if (!_names.TryGetValue(record.Owner, out var records))
                _names.Add(record.Owner, records = []);
            if (!records.Contains(record))
                records.Add(record);
        }
    }

    /// <summary>The other server has its own SOA, name servers and addresses of those, and ours are not among them.</summary>
    private bool IsWanted(WireRecord record, DnsName apex) => record.Type switch
    {
        RecordType.Soa or RecordType.Ns => !record.Owner.Equals(apex),
        RecordType.A or RecordType.Aaaa => !_servers.Contains(record.Owner),
        _ => true,
    };

    private static HashSet<DnsName> ServersOf(ZoneSnapshot zone) =>
        [.. zone.ApexNode.Find(RecordType.Ns)?.Data().Select(server => ((NameServerData)server).Host) ?? []];
}
