using System.Collections.Immutable;
using System.Net.Sockets;

namespace Federation.Domain.DnsRecords;

/// <summary>Gives groups of addresses their parts of the answers, whatever the weights within each say.</summary>
internal static class DnsBalance
{
    private const long Unit = 1L << 20;

    /// <summary>
    /// A group's addresses weigh as much as the group in all, in each family by itself: a family that only some groups have is shared by those. A group without
    /// weight is left out.
    /// </summary>
    public static ImmutableArray<WeighedAddress> Share(IEnumerable<(IEnumerable<WeighedAddress> Addresses, long Weight)> groups)
    {
        var shared = ImmutableArray.CreateBuilder<WeighedAddress>();
        foreach (var (addresses, weight) in groups.Where(group => group.Weight > 0))
        {
            foreach (var family in addresses.GroupBy(address => address.Address.AddressFamily == AddressFamily.InterNetworkV6))
            {
                var sum = family.Aggregate((Int128)0, (total, address) => total + address.Weight);
                shared.AddRange(family.Select(address => address with { Weight = (long)Int128.Max(1, (Int128)weight * Unit * address.Weight / sum) }));
            }
        }

        return shared.ToImmutable();
    }

    /// <summary>The addresses as equals.</summary>
    public static IEnumerable<WeighedAddress> Evenly(IEnumerable<WeighedAddress> addresses) => addresses.Select(address => address with { Weight = 1 });
}
