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

    /// <summary>Which names of the zone apps may have (<c>dns.hosts</c>), and those of which namespace. Of several entries that a name fits, the first one counts. Empty: none.</summary>
    public IReadOnlyList<ZoneHost> Hosts { get; init; } = [];

    /// <summary>The namespace whose apps may have a name of the zone; null: nobody's.</summary>
    /// <param name="relative">Below the zone, without its name: <c>www</c>, <c>*.shop</c>; <c>@</c> for the zone's own name.</param>
    public string? NamespaceFor(string relative) => Hosts.FirstOrDefault(host => host.Fits(relative))?.Namespace;
}

/// <summary>Names of a zone that apps of one namespace may have.</summary>
public sealed record ZoneHost
{
    /// <summary>The zone's own name.</summary>
    internal const string Top = "@";

    /// <summary>Below the zone: <c>www</c> is that name, <c>*.shop</c> every name below <c>shop</c> and the wildcard itself, <c>*</c> every name of the zone but its top, <c>@</c> its top.</summary>
    public string Name { get; init; } = "";

    /// <summary>The namespace.</summary>
    public string Namespace { get; init; } = "";

    internal bool Fits(string relative) => Name.StartsWith('*') ? relative != Top && relative.EndsWith(Name[1..], StringComparison.Ordinal) : relative == Name;
}
