using Federation.Api.Meta;

namespace Federation.Api.Regions;

/// <summary>The geography of one region, for DNS: where it is, whose clients it serves, who stands in for it. Clusters name a region; it works without this object.</summary>
public sealed record Region : Resource
{
    public const string KindName = "Region";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;

    /// <summary>Where the region is, and who is near it.</summary>
    public RegionSpec Spec { get; init; } = new();
}

/// <summary>A region's geography.</summary>
public sealed record RegionSpec
{
    /// <summary>Where it is; absent: not known.</summary>
    public GeoLocation? Location { get; init; }

    /// <summary>Networks whose clients belong to this region, in CIDR form: <c>10.1.0.0/16</c>, <c>2001:db8::/32</c>. Of several that match, the longest prefix wins.</summary>
    public IReadOnlyList<string> ClientNetworks { get; init; } = [];

    /// <summary>Countries whose clients belong to this region, as ISO 3166-1 alpha-2 in capitals: <c>DE</c>. For clients that no region's networks name, where the name servers have a database of locations.</summary>
    public IReadOnlyList<string> ClientCountries { get; init; } = [];

    /// <summary>Regions that stand in for this one, nearest first; those not named follow by distance.</summary>
    public IReadOnlyList<string> Nearest { get; init; } = [];
}

/// <summary>A place on Earth (WGS 84), in degrees.</summary>
public sealed record GeoLocation
{
    /// <summary>-90 (south) to 90 (north).</summary>
    public double? Latitude { get; init; }

    /// <summary>-180 (west) to 180 (east).</summary>
    public double? Longitude { get; init; }
}
