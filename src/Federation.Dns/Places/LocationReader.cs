using Federation.Domain.DnsRecords;

namespace Federation.Dns.Places;

/// <summary>Turns a database of locations into the regions of its networks: by country where a region claims it, else by distance.</summary>
internal static class LocationReader
{
    /// <param name="database">Read once, from one end to the other.</param>
    /// <param name="geography">Where the regions are.</param>
    /// <param name="idOf">A region's number.</param>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public static AddressMap Read(LocationDatabase database, Geography geography, Func<string, int> idOf)
    {
        // Millions of networks share some ten thousand records.
        var known = new Dictionary<int, int>();
        return AddressMap.Of(database.Networks().Select(network => (network.First, network.PrefixLength, PlaceOf(network.Record))));

        int PlaceOf(int record)
        {
            if (known.TryGetValue(record, out var place))
                return place;
            var (country, location) = database.Read(record);
            var region = (country is null ? null : geography.OfCountry(country)) ?? (location is null ? null : geography.Nearest(location));
            return known[record] = region is null ? AddressMap.None : idOf(region);
        }
    }
}
