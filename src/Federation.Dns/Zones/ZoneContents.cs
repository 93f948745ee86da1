using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>One record of a zone.</summary>
internal readonly record struct ZoneRecord(DnsName Owner, uint Ttl, RecordData Data);

/// <summary>All records of a zone version, as a server without policies would serve them: every address that an answer may have, without turns and weights.</summary>
internal static class ZoneContents
{
    /// <summary>The SOA first, then the rest of the apex, then name by name. Regional names are written out: each app's name in each region, with what it is answered there.</summary>
    public static IEnumerable<ZoneRecord> Of(ZoneSnapshot zone)
    {
        var nodes = zone.Names.Nodes.OrderBy(node => node.Name, CanonicalOrder.Instance).ToList();
        var plans = new LastPlans();
        return OfApex(zone).Concat(nodes.SelectMany(node => OfNode(zone, node, plans)));
    }

    /// <summary>How many records there are.</summary>
    public static int CountOf(ZoneSnapshot zone) => OfApex(zone).Count() + zone.Names.Nodes.Sum(node => OfNode(zone, node).Count());

    /// <summary>The SOA first.</summary>
    public static IEnumerable<ZoneRecord> OfApex(ZoneSnapshot zone) => RecordsOf(zone.ApexNode, zone.ApexNode.Name);

    /// <summary>One name's, and those of the regional names that it answers for.</summary>
    /// <param name="zone">The version that the node is in.</param>
    /// <param name="node">Below the apex.</param>
    /// <param name="plans">Of whoever goes through many; null: of nobody.</param>
    public static IEnumerable<ZoneRecord> OfNode(ZoneSnapshot zone, ZoneNode node, LastPlans? plans = null)
    {
        foreach (var record in RecordsOf(node, node.Name))
            yield return record;
        ZoneNode? global = null;
        foreach (var region in zone.Regions)
        {
            if (RegionalName(node.Name, zone.Apex, region.Name) is not { } name || zone.Names.Find(name) is not null)
                continue;
            global ??= node.InPassing(plans ?? new LastPlans());
            foreach (var record in RecordsOf(zone.InRegion(global, name.Wire, region.Region), name))
                yield return record;
        }
    }

    private static IEnumerable<ZoneRecord> RecordsOf(ZoneNode node, DnsName owner)
    {
        foreach (var answer in node.Answers)
        {
            foreach (var data in answer.Data())
                yield return new ZoneRecord(owner, answer.Ttl, data);
        }

        foreach (var record in RecordsOfOthers(node, owner))
            yield return record;
        if (node.Delegation is not { } delegation)
            yield break;
        foreach (var data in delegation.Servers.Records)
            yield return new ZoneRecord(owner, delegation.Servers.Ttl, data);
        foreach (var glue in delegation.Glue.Where(glue => glue.Owner.IsAtOrBelow(owner)))
            yield return new ZoneRecord(glue.Owner, glue.Ttl, glue.Data);
    }

    /// <summary>What only clients get that the node has no room for: a server without policies can give it to anybody.</summary>
    private static IEnumerable<ZoneRecord> RecordsOfOthers(ZoneNode node, DnsName owner)
    {
        if (node.Next.Length == 0)
            return [];
        var given = node.Answers.SelectMany(answer => answer.Data()).ToHashSet();
        return node.Next
            .SelectMany(next => next.Answers)
            .Where(answer => !node.Answers.Contains(answer))
            .SelectMany(answer => answer.Data(), (answer, data) => new ZoneRecord(owner, answer.Ttl, data))
            .Where(record => given.Add(record.Data));
    }

    /// <summary><c>web.shop.svc.fed.test.</c> in the region <c>eu.fed.test.</c> is <c>web.shop.svc.eu.fed.test.</c>; null: not a name below <c>svc</c>, or too long.</summary>
    private static DnsName? RegionalName(DnsName name, DnsName apex, DnsName region)
    {
        var relative = name.Wire[..(name.Length - apex.Length)];
        if (!relative.EndsWith("\u0003svc"u8) || !DnsName.IsLabelStart(relative, relative.Length - 4) || relative.Length + region.Length > DnsName.MaxLength)
            return null;
        return DnsName.FromWire([.. relative, .. region.Wire]);
    }
}

/// <summary>The order of names in a zone: by label from the right (RFC 4034 section 6.1).</summary>
internal sealed class CanonicalOrder : IComparer<DnsName>
{
    public static CanonicalOrder Instance { get; } = new();

    public int Compare(DnsName? x, DnsName? y)
    {
        if (x is null || y is null)
            return x is null ? (y is null ? 0 : -1) : 1;
        Span<byte> ours = stackalloc byte[DnsName.MaxLength], theirs = stackalloc byte[DnsName.MaxLength];
        var (left, right) = (LabelsOf(x.Wire, ours), LabelsOf(y.Wire, theirs));
        while (left > 0 && right > 0)
        {
            var (a, b) = (ours[--left], theirs[--right]);
            var order = x.Wire.Slice(a + 1, x.Wire[a]).SequenceCompareTo(y.Wire.Slice(b + 1, y.Wire[b]));
            if (order != 0)
                return order;
        }

        return left - right;
    }

    private static int LabelsOf(ReadOnlySpan<byte> name, Span<byte> starts)
    {
        var count = 0;
        for (var at = 0; name[at] != 0; at += name[at] + 1)
            starts[count++] = (byte)at;
        return count;
    }
}
