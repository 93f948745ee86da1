using System.Collections.Immutable;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>What a zone has for a name.</summary>
/// <param name="Node">The node that answers; null: the name does not exist, or is outside the zone.</param>
/// <param name="IsDelegated">The name belongs to a child zone, whose top the node is.</param>
internal readonly record struct NodeMatch(ZoneNode? Node, bool IsDelegated);

/// <summary>A region's name in a zone, and its number.</summary>
internal readonly record struct RegionName(DnsName Name, int Region);

/// <summary>One version of a zone, complete and immutable: what every query of a moment is answered from.</summary>
public sealed class ZoneSnapshot
{
    private const int MostLabels = 128;

    private readonly NameTable _names;

    internal ZoneSnapshot(DnsName apex, uint serial, long revision, NameTable names, ZoneNode apexNode, RecordBlock negative)
    {
        Apex = apex;
        Serial = serial;
        Revision = revision;
        _names = names;
        ApexNode = apexNode;
        Negative = negative;
    }

    /// <summary>A zone that is not there: no records, not even a top.</summary>
    internal static ZoneSnapshot Empty(DnsName apex, long revision) =>
        new(apex, ZoneEditor.NextSerial(null, revision), revision, NameTable.Empty, ZoneNode.Empty(apex, ZoneNode.NoRegion), new RecordBlock(apex, []));

    public DnsName Apex { get; }

    /// <summary>The SOA serial; grows with every change of what the zone says (RFC 1982 arithmetic).</summary>
    public uint Serial { get; }

    /// <summary>The store revision up to which the zone is complete.</summary>
    public long Revision { get; }

    /// <summary>Names that exist, the apex and empty non-terminals included; regional names come on top and are not stored one by one.</summary>
    public int NameCount => _names.Count + 1;

    /// <summary>The Zone object that has records in it; null: none.</summary>
    public string? Object { get; internal init; }

    /// <summary>Who stands in for which region.</summary>
    internal RegionOrders Orders { get; init; } = RegionOrders.Unknown;

    /// <summary>The names of the regions, in canonical order.</summary>
    internal ImmutableArray<RegionName> Regions { get; init; } = [];

    /// <summary>The same for policy Latency.</summary>
    internal RegionOrders LatencyOrders { get; init; } = RegionOrders.Unknown;

    internal bool HasCuts { get; init; }

    internal bool HasWildcards { get; init; }

    internal ZoneNode ApexNode { get; }

    internal RecordBlock Negative { get; }

    internal NameTable Names => _names;

    internal bool Contains(ReadOnlySpan<byte> name) => name.EndsWith(Apex.Wire) && DnsName.IsLabelStart(name, name.Length - Apex.Length);

    /// <summary>What there is for a name (lower case, wire form); the order is that of RFC 1034 section 4.3.2.</summary>
    internal NodeMatch Match(ReadOnlySpan<byte> name, uint hash, RecordType type)
    {
        if (!HasCuts && _names.Find(name, hash) is { } exact)
            return new NodeMatch(exact, IsDelegated: false);
        if (name.SequenceEqual(Apex.Wire))
            return new NodeMatch(ApexNode, IsDelegated: false);
        return HasCuts || HasWildcards ? Walk(name, type) : new NodeMatch(FindRegional(name), IsDelegated: false);
    }

    /// <summary>Goes down from the apex to the name, label by label: past a cut nothing here counts, and where the names end a wildcard may stand in.</summary>
    private NodeMatch Walk(ReadOnlySpan<byte> name, RecordType type)
    {
        if (!Contains(name))
            return default;
        Span<byte> labels = stackalloc byte[MostLabels];
        var (count, apexAt) = (0, name.Length - Apex.Length);
        for (var at = 0; at < apexAt; at += name[at] + 1)
            labels[count++] = (byte)at;

        var encloser = Apex.Wire;
        for (var i = count - 1; i >= 0; i--)
        {
            var suffix = name[labels[i]..];
            if (_names.Find(suffix, NameHash.Hash(suffix)) is not { } node)
                return FindRegional(name) is { } regional ? new NodeMatch(regional, IsDelegated: false) : new NodeMatch(FindWildcard(encloser), IsDelegated: false);

            // The parent knows whether the child is signed: it answers for DS itself (RFC 4035 section 3.1.4.1).
            if (node.Delegation is not null && !(i == 0 && type == RecordType.Ds))
                return new NodeMatch(node, IsDelegated: true);
            if (i == 0)
                return new NodeMatch(node, IsDelegated: false);
            encloser = suffix;
        }

        return new NodeMatch(ApexNode, IsDelegated: false);
    }

    /// <summary>How a name is answered where it has a region in it.</summary>
    /// <param name="global">The name without region.</param>
    /// <param name="name">With it, in lower case and wire form.</param>
    /// <param name="region">The region's number.</param>
    internal ZoneNode InRegion(ZoneNode global, ReadOnlySpan<byte> name, int region) =>
        global.FindRegional(name) ?? Orders.Nearest(global, region, RecordType.None) ?? global;

    /// <summary>The wildcard of the closest name that exists: no other one may stand in (RFC 4592 section 3.3.1).</summary>
    private ZoneNode? FindWildcard(ReadOnlySpan<byte> encloser)
    {
        if (!HasWildcards || encloser.Length + 2 > DnsName.MaxLength)
            return null;
        Span<byte> wildcard = stackalloc byte[DnsName.MaxLength];
        "\u0001*"u8.CopyTo(wildcard);
        encloser.CopyTo(wildcard[2..]);
        wildcard = wildcard[..(encloser.Length + 2)];
        return _names.Find(wildcard, NameHash.Hash(wildcard));
    }

    /// <summary>
    /// <c>web.shop.svc.eu-west.fed.test.</c> is answered by the node of <c>web.shop.svc.fed.test.</c>: with what it says in that region; when that has no
    /// healthy address, in the nearest one that has; and where none is known to be near, everywhere. So no name is stored for an app and a region it does not serve in.
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
        if (_names.Find(name[region..], NameHash.Hash(name[region..])) is not { IsRegion: true } asked)
            return null;

        Span<byte> global = stackalloc byte[DnsName.MaxLength];
        name[..region].CopyTo(global);
        Apex.Wire.CopyTo(global[region..]);
        global = global[..(region + Apex.Length)];
        return _names.Find(global, NameHash.Hash(global)) is { } node ? InRegion(node, name, asked.Region) : null;
    }
}
