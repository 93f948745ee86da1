using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Transfers;

/// <summary>Which records come and go from one version of a zone to another, the SOA aside.</summary>
internal sealed record ZoneDifference(IReadOnlyList<WireRecord> Deleted, IReadOnlyList<WireRecord> Added)
{
    public bool IsEmpty => Deleted.Count == 0 && Added.Count == 0;

    /// <remarks>Costs what has changed, unless regions have: then each app has other names.</remarks>
    public static ZoneDifference Between(ZoneSnapshot before, ZoneSnapshot after)
    {
        var (was, becomes) = (new HashSet<WireRecord>(), new HashSet<WireRecord>());
        was.UnionWith(ZoneContents.OfApex(before).Select(WireRecord.From));
        becomes.UnionWith(ZoneContents.OfApex(after).Select(WireRecord.From));
        foreach (var name in ChangedNames(before, after))
        {
            if (before.Names.Find(name) is { } old)
                was.UnionWith(ZoneContents.OfNode(before, old).Select(WireRecord.From));
            if (after.Names.Find(name) is { } changed)
                becomes.UnionWith(ZoneContents.OfNode(after, changed).Select(WireRecord.From));
        }

        return new ZoneDifference(
            [.. was.Where(record => record.Type != RecordType.Soa && !becomes.Contains(record))],
            [.. becomes.Where(record => record.Type != RecordType.Soa && !was.Contains(record))]);
    }

    /// <summary>The names whose nodes have to be looked at.</summary>
    public static HashSet<DnsName> ChangedNames(ZoneSnapshot before, ZoneSnapshot after)
    {
        if (!before.Regions.SequenceEqual(after.Regions) || !before.Orders.IsSameAs(after.Orders))
            return [.. before.Names.Nodes.Concat(after.Names.Nodes).Select(node => node.Name)];

        // Records of a Zone object at a regional name stand in its way: the app's name that would answer for it has one name more or less.
        var names = before.Names.ChangesTo(after.Names).ToHashSet();
        foreach (var region in after.Regions)
        {
            foreach (var name in names.Where(name => name.IsAtOrBelow(region.Name) && !name.Equals(region.Name)).ToArray())
                names.Add(DnsName.FromWire([.. name.Wire[..^region.Name.Length], .. after.Apex.Wire]));
        }

        return names;
    }
}
