using System.Collections.Immutable;
using Federation.Api.Apps;

namespace Federation.Domain.DnsRecords;

/// <summary>Who of those that could answer does, by policy Failover.</summary>
internal static class DnsOrder
{
    /// <summary>The addresses of the first entry of the order that has any; with another policy, all.</summary>
    public static ImmutableArray<WeighedAddress> First(ImmutableArray<WeighedAddress> addresses, DnsSpec dns)
    {
        if (dns.Policy != DnsPolicy.Failover || addresses.IsEmpty)
            return addresses;
        var best = addresses.Min(address => RankOf(address, dns.Order));
        return [.. addresses.Where(address => RankOf(address, dns.Order) == best)];
    }

    private static int RankOf(WeighedAddress address, IReadOnlyList<DnsChoice> order)
    {
        for (var i = 0; i < order.Count; i++)
        {
            if (order[i].Cluster is { } cluster ? cluster == address.Cluster : order[i].Region == address.Region)
                return i;
        }

        return order.Count;
    }
}
