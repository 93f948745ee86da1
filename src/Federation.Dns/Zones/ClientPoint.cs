using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>Where a client's network stands among all clients of a name, from 0 up to <see cref="PlannedName.AllRoom"/>: who has too little room for all takes those that stand low, always the same ones.</summary>
/// <remarks>
/// Follows from the network and the name alone, so a client keeps its place on every name server and through every change: when room shrinks a little, a few
/// clients go elsewhere, and those return when it grows. Networks next to each other stand evenly apart, so parts hold among few clients, too.
/// </remarks>
/// <param name="client">Unspecified: the first who could answer does.</param>
/// <param name="name">Asked for; different names hand different clients on.</param>
internal ref struct ClientPoint(ClientAddress client, DnsName name)
{
    private const ulong GoldenStep = 2654435769; // 2^32 / the golden ratio
    private const int NeighboursBits = 8;

    private ulong _point;

    /// <summary>A choice was made that other networks may see differently.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>Whether the client is one of those that a node answers; if not, it stands anew among those that are left.</summary>
    public bool FitsInto(ZoneNode node)
    {
        if (node.Room >= PlannedName.AllRoom || client == default)
            return true;
        if (!IsUsed)
            _point = Of(client.Masked(PreparedAnswer.StickyBits(client)), name);
        IsUsed = true;
        if (_point < (ulong)node.Room)
            return true;
        _point = ((_point - (ulong)node.Room) << 32) / (ulong)(PlannedName.AllRoom - node.Room);
        return false;
    }

    /// <summary>The node itself, or the next one that has room for the client; itself when none has.</summary>
    public ZoneNode ChooseFrom(ZoneNode node)
    {
        if (FitsInto(node))
            return node;
        foreach (var next in node.Next)
        {
            if (FitsInto(next))
                return next;
        }

        return node;
    }

    private static ulong Of(ClientAddress network, DnsName name)
    {
        // The last bits of the network, /24 of IPv4 and /56 of IPv6, go in even steps; all above them at random.
        var number = network.IsIPv4 ? network.Low >> NeighboursBits : network.High >> NeighboursBits;
        return (uint)(StableHash.Mix((number >> NeighboursBits) ^ StableHash.Mix(name.Wire)) + ((number & ((1 << NeighboursBits) - 1)) * GoldenStep));
    }
}
