using System.Collections.Immutable;
using Federation.Api.Zones;
using Federation.Api.Zones.Files;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones.Static;

/// <summary>What one name of a Zone object says.</summary>
/// <param name="Delegation">The name is the top of a child zone; what lies below it is not in this one.</param>
internal sealed record StaticNode(DnsName Name, IReadOnlyList<RecordSet> Sets, Delegation? Delegation);

/// <summary>A Zone object's records, put together by name and type.</summary>
internal sealed class StaticZone
{
    private readonly ILookup<DnsName, RecordSet> _addresses;

    private StaticZone(Zone zone, DnsName apex, IReadOnlyList<ZoneFileRecord> records)
    {
        Object = zone.Metadata.Name;
        Apex = apex;
        var sets = records
            .GroupBy(record => (Owner: DnsName.Parse(record.Owner), record.Type))
            .Select(group => (group.Key.Owner, Set: SetOf(group)))
            .ToList();
        _addresses = sets.Where(entry => entry.Set.Type is RecordType.A or RecordType.Aaaa).ToLookup(entry => entry.Owner, entry => entry.Set);
        var cuts = sets.Where(entry => entry.Set.Type == RecordType.Ns && !entry.Owner.Equals(apex)).Select(entry => entry.Owner).ToHashSet();

        var top = sets.Where(entry => entry.Owner.Equals(apex)).Select(entry => entry.Set).ToLookup(set => set.Type);
        Authority = top[RecordType.Soa].FirstOrDefault();
        NameServers = top[RecordType.Ns].FirstOrDefault();
        ApexSets = [.. top.Where(type => type.Key is not (RecordType.Soa or RecordType.Ns)).SelectMany(type => type)];
        ImmutableArray<string> children = [.. cuts.Select(cut => cut.ToString().TrimEnd('.'))];
        Grants = new HostZone(Object, apex.ToString().TrimEnd('.'), zone.Metadata.CreationTimestamp, zone.Spec.Hosts, () => children);
        Nodes = sets
            .Where(entry => !entry.Owner.Equals(apex) && !IsBelowCut(entry.Owner))
            .GroupBy(entry => entry.Owner, entry => entry.Set)
            .Select(owner => NodeOf(owner.Key, [.. owner]))
            .ToDictionary(node => node.Name);

        bool IsBelowCut(DnsName name)
        {
            for (var above = name.Parent; above.Length > apex.Length; above = above.Parent)
            {
                if (cuts.Contains(above))
                    return true;
            }

            return false;
        }
    }

    /// <summary>The name of the Zone object.</summary>
    public string Object { get; }

    public DnsName Apex { get; }

    /// <summary>Says which namespaces may have names in the zone.</summary>
    public HostZone Grants { get; }

    /// <summary>The SOA, whose serial does not count; null: the zone has the server's.</summary>
    public RecordSet? Authority { get; }

    /// <summary>Null: the zone has the federation's name server.</summary>
    public RecordSet? NameServers { get; }

    /// <summary>What else there is at the top.</summary>
    public IReadOnlyList<RecordSet> ApexSets { get; }

    /// <summary>The names below the top, those of child zones' servers aside.</summary>
    public IReadOnlyDictionary<DnsName, StaticNode> Nodes { get; }

    /// <summary>Null: the object is not one that the gateway would accept; an older version may have.</summary>
    public static StaticZone? Read(Zone zone)
    {
        if (!DnsName.TryParse(zone.Spec.Zone ?? zone.Metadata.Name, out var apex) || apex.IsRoot)
            return null;
        var file = ZoneFile.Read(zone.Spec.Records, apex.ToString(), (uint)Math.Max(0, zone.Spec.Ttl ?? 0));
        return file.Errors.IsEmpty ? new StaticZone(zone, apex, file.Records) : null;
    }

    /// <summary>The addresses that this zone has of name servers.</summary>
    public ImmutableArray<(DnsName Owner, uint Ttl, RecordData Data)> AddressesOf(RecordSet servers) =>
    [
        .. from server in servers.Records
           from set in _addresses[((NameServerData)server).Host]
           from data in set.Records
           select (((NameServerData)server).Host, set.Ttl, data),
    ];

    private StaticNode NodeOf(DnsName name, List<RecordSet> sets)
    {
        if (sets.FirstOrDefault(set => set.Type == RecordType.Ns) is not { } servers)
            return new StaticNode(name, sets, null);

        // At a cut only the DS is this zone's (RFC 4035 section 2.4).
        return new StaticNode(name, [.. sets.Where(set => set.Type == RecordType.Ds)], new Delegation(name, servers, AddressesOf(servers)));
    }

    private static RecordSet SetOf(IEnumerable<ZoneFileRecord> records)
    {
        ImmutableArray<RecordData> data = [.. records.Select(StaticRecord.Read).Distinct()];

        // Records of one set have one TTL; where a file says several, the least counts (RFC 2181 section 5.2).
        var ttl = records.Min(record => record.Ttl);
        return data[0].Type is RecordType.A or RecordType.Aaaa
            ? new RecordSet(data[0].Type, ttl, data, AnswerOrder.RoundRobin, [])
            : RecordSet.Of(ttl, data);
    }
}
