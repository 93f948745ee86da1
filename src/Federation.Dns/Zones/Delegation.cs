using System.Collections.Immutable;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>A child zone that others serve: its servers and, where they are inside this zone, their addresses (RFC 1034 section 4.3.2, RFC 9471).</summary>
internal sealed class Delegation
{
    public Delegation(DnsName child, RecordSet servers, ImmutableArray<(DnsName Owner, uint Ttl, RecordData Data)> glue)
    {
        Servers = servers;
        Glue = glue;

        // One block: addresses are compressed against the names of the servers before them.
        Records = new RecordBlock(child, [.. servers.Records.Select(data => (child, servers.Ttl, data)), .. glue]);
    }

    public RecordSet Servers { get; }

    public ImmutableArray<(DnsName Owner, uint Ttl, RecordData Data)> Glue { get; }

    /// <summary>The servers, for the authority section, then the glue, for the additional one.</summary>
    public RecordBlock Records { get; }

    public bool IsSameAs(Delegation other) => Records.IsSameAs(other.Records);
}
