using Federation.Api.Meta;

namespace Federation.Api.Zones;

/// <summary>A DNS zone, or more records for the federation's own: what the name servers answer besides the names of apps.</summary>
public sealed record Zone : Resource
{
    public const string KindName = "Zone";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;

    /// <summary>What the zone is called and what is in it.</summary>
    public ZoneSpec Spec { get; init; } = new();
}

/// <summary>A zone's contents.</summary>
public sealed record ZoneSpec
{
    /// <summary>The domain the zone begins at. Defaulted to the object's name. That of the federation's own zone adds records to it; any other is a zone of its own.</summary>
    public string? Zone { get; init; }

    /// <summary>
    /// The records as a zone file has them (RFC 1035 section 5): one on each line as owner, TTL, type and data; names without a final dot are below the zone.
    /// A, AAAA, NS, CNAME, PTR, MX, TXT, SRV, CAA, DS, SOA, and any other type as <c>TYPE65 \# 3 0001FF</c>. Without an SOA or NS at its top the zone has the name server's.
    /// </summary>
    public string Records { get; init; } = "";

    /// <summary>Seconds that records without a TTL may be kept. Defaulted to 300.</summary>
    public int? Ttl { get; init; }
}
