using Federation.Dns.Transfers;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Updates;

/// <summary>What of our zone another server is to have, by name: the static view without what says who serves the zone.</summary>
internal sealed class WantedRecords
{
    private readonly Dictionary<DnsName, List<WireRecord>> _names = [];
    private ZoneSnapshot? _version;

    public IEnumerable<DnsName> Names => _names.Keys;

    public IReadOnlyCollection<WireRecord> At(DnsName name) => _names.GetValueOrDefault(name, []);

    /// <summary>Goes on to a version of the zone.</summary>
    /// <returns>The names that have other records than before.</returns>
    public HashSet<DnsName> Follow(ZoneSnapshot zone)
    {
        var difference = _version is null
            ? new ZoneDifference([], [.. ZoneContents.Of(zone).Select(WireRecord.From)])
            : ZoneDifference.Between(_version, zone);
        _version = zone;
        var changed = new HashSet<DnsName>();
        foreach (var record in difference.Deleted.Where(record => IsWanted(record, zone.Apex)))
        {
            changed.Add(record.Owner);
            if (_names.TryGetValue(record.Owner, out var records) && records.Remove(record) && records.Count == 0)
                _names.Remove(record.Owner);
        }

        foreach (var record in difference.Added.Where(record => IsWanted(record, zone.Apex)))
        {
            changed.Add(record.Owner);
            if (!_names.TryGetValue(record.Owner, out var records))
                _names.Add(record.Owner, records = []);
            if (!records.Contains(record))
                records.Add(record);
        }

        return changed;
    }

    /// <summary>The other server has its own SOA and name servers, and ours is not one of them.</summary>
    private static bool IsWanted(WireRecord record, DnsName apex) => record.Owner.Equals(apex)
        ? record.Type is not (RecordType.Soa or RecordType.Ns)
        : !(record.Owner.Length == apex.Length + 3 && record.Owner.Wire.StartsWith("\u0002ns"u8));
}
