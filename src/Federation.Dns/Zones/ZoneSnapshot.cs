using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>One version of the zone, complete and immutable: what every query of a moment is answered from.</summary>
public sealed class ZoneSnapshot
{
    private readonly NameTable _names;

    internal ZoneSnapshot(DnsName apex, uint serial, long revision, NameTable names, ZoneNode apexNode, NegativeRecord negative)
    {
        Apex = apex;
        Serial = serial;
        Revision = revision;
        _names = names;
        ApexNode = apexNode;
        Negative = negative;
    }

    public DnsName Apex { get; }

    /// <summary>The SOA serial; grows with every change of what the zone says (RFC 1982 arithmetic).</summary>
    public uint Serial { get; }

    /// <summary>The store revision up to which the zone is complete.</summary>
    public long Revision { get; }

    /// <summary>Names that exist, the apex and empty non-terminals included; regional names come on top and are not stored one by one.</summary>
    public int NameCount => _names.Count + 1;

    internal ZoneNode ApexNode { get; }

    internal NegativeRecord Negative { get; }

    internal NameTable Names => _names;

    /// <summary>The node that answers for a name (lower case, wire form); null: no such name in this zone, or a name outside it.</summary>
    internal ZoneNode? Find(ReadOnlySpan<byte> name, uint hash) =>
        _names.Find(name, hash) ?? (name.SequenceEqual(Apex.Wire) ? ApexNode : FindRegional(name));

    /// <summary>
    /// <c>web.shop.svc.eu-west.fed.test.</c> is answered by the node of <c>web.shop.svc.fed.test.</c>: with what it says in that region, or with what it
    /// says everywhere when the region has no healthy address. So no name is stored for an app and a region it does not serve in.
    /// </summary>
    private ZoneNode? FindRegional(ReadOnlySpan<byte> name)
    {
        var apexAt = name.Length - Apex.Length;
        if (apexAt <= 0 || !name.EndsWith(Apex.Wire))
            return null;

        int region = -1, service = -1, position = 0;
        while (position < apexAt)
        {
            service = region;
            region = position;
            position += name[position] + 1;
        }

        if (position != apexAt || service < 0 || !name[service..region].SequenceEqual("\u0003svc"u8))
            return null;
        if (_names.Find(name[region..], NameHash.Hash(name[region..])) is not { IsRegion: true })
            return null;

        Span<byte> global = stackalloc byte[DnsName.MaxLength];
        name[..region].CopyTo(global);
        Apex.Wire.CopyTo(global[region..]);
        global = global[..(region + Apex.Length)];
        return _names.Find(global, NameHash.Hash(global)) is { } node ? node.FindRegional(name) ?? node : null;
    }
}
