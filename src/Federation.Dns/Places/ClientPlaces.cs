using System.Net;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Places;

/// <summary>From a client to its region: the networks that regions claim, and for all others what a database of locations says. Immutable.</summary>
/// <param name="claimed">By the regions.</param>
/// <param name="located">By the database.</param>
internal sealed class ClientPlaces(AddressMap claimed, AddressMap located)
{
    private const int MappedBits = 96;

    /// <summary>The region of nobody is known.</summary>
    public static ClientPlaces Empty { get; } = new(AddressMap.Empty, AddressMap.Empty);

    /// <param name="geography">The regions' networks.</param>
    /// <param name="idOf">A region's number, from 0 up to <see cref="short.MaxValue"/>.</param>
    /// <param name="located">What a database says, with the same numbers.</param>
    public static ClientPlaces Of(Geography geography, Func<string, int> idOf, AddressMap located)
    {
        var networks = new List<(UInt128, int, int)>();
        foreach (var (region, text) in geography.Networks)
        {
            if (IPNetwork.TryParse(text, out var network))
                networks.Add((Number(ClientAddress.From(network.BaseAddress)), PrefixLength(network), idOf(region)));
        }

        return new ClientPlaces(AddressMap.Of(networks), located);
    }

    /// <summary>The number of the client's region, <see cref="AddressMap.None"/> when it is not known; and how many leading bits of the client's address, in its own family, decide about it.</summary>
    public (int Place, int Scope) Find(ClientAddress client)
    {
        var address = Number(client);
        var (place, scope) = claimed.Find(address);
        if (place == AddressMap.None)
        {
            var found = located.Find(address);
            (place, scope) = (found.Place, Math.Max(found.Scope, scope));
        }

        return (place, client.IsIPv4 ? Math.Max(0, scope - MappedBits) : scope);
    }

    private static UInt128 Number(ClientAddress address) => new(address.High, address.Low);

    private static int PrefixLength(IPNetwork network) => network.BaseAddress.GetAddressBytes().Length == 4 ? network.PrefixLength + MappedBits : network.PrefixLength;
}
