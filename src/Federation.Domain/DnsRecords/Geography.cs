using System.Collections.Immutable;
using Federation.Api.Regions;

namespace Federation.Domain.DnsRecords;

/// <summary>Which region stands in for which: what people said (<c>Region.spec.nearest</c>), then distance on the globe. Pure.</summary>
/// <remarks>Regions of which neither is known stand in for nobody in particular: whoever has no better answer gets all of them.</remarks>
public sealed class Geography
{
    private readonly SortedDictionary<string, RegionSpec> _regions = new(StringComparer.Ordinal);

    /// <param name="regions">What is known of them; one that no cluster names does no harm.</param>
    public Geography(IEnumerable<Region> regions)
    {
        foreach (var region in regions)
            _regions[region.Metadata.Name] = region.Spec;
    }

    public static Geography Unknown { get; } = new([]);

    /// <summary>The region itself, and who stands in for it, best first.</summary>
    public ImmutableArray<string> Order(string region)
    {
        var order = ImmutableArray.CreateBuilder<string>();
        order.Add(region);
        if (!_regions.TryGetValue(region, out var spec))
            return order.ToImmutable();
        foreach (var near in spec.Nearest)
        {
            if (!order.Contains(near))
                order.Add(near);
        }

        if (spec.Location is { } here)
            order.AddRange(ByDistance(here).Where(name => !order.Contains(name)));
        return order.ToImmutable();
    }

    /// <summary>The region that is the nearest to a place; null: none has a location.</summary>
    public string? Nearest(GeoLocation place) => ByDistance(place).FirstOrDefault();

    /// <summary>The region that says that a country's clients are its own; null: none does. Of several, the first by name.</summary>
    /// <param name="country">ISO 3166-1 alpha-2, in capitals.</param>
    public string? OfCountry(string country) => _regions.FirstOrDefault(region => region.Value.ClientCountries.Contains(country)).Key;

    /// <summary>Each network that a region claims.</summary>
    public IEnumerable<(string Region, string Network)> Networks => _regions.SelectMany(region => region.Value.ClientNetworks, (region, network) => (region.Key, network));

    private List<string> ByDistance(GeoLocation place) => _regions
        .Where(region => region.Value.Location is not null)
        .OrderBy(region => Distance(place, region.Value.Location!))
        .ThenBy(region => region.Key, StringComparer.Ordinal)
        .Select(region => region.Key)
        .ToList();

    /// <summary>The haversine of the angle between two places: grows with their distance, and is exact for short ones.</summary>
    private static double Distance(GeoLocation one, GeoLocation other)
    {
        var (latitude, longitude) = (Radians(one.Latitude), Radians(one.Longitude));
        var (toLatitude, toLongitude) = (Radians(other.Latitude), Radians(other.Longitude));
        var (north, east) = (Math.Sin((toLatitude - latitude) / 2), Math.Sin((toLongitude - longitude) / 2));
        return (north * north) + (Math.Cos(latitude) * Math.Cos(toLatitude) * east * east);
    }

    private static double Radians(double? degrees) => (degrees ?? 0) * Math.PI / 180;
}
