using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Federation.Api.Apps;

namespace Federation.Domain.DnsRecords;

/// <summary>An address of one cluster with its weight.</summary>
internal sealed record WeighedAddress(string Cluster, string Region, IPAddress Address, long Weight)
{
    /// <summary>Of a shared host: whose it is, as <c>namespace/name</c>.</summary>
    public string? App { get; init; }
}

/// <summary>Gives the addresses of the chosen clusters their weights.</summary>
internal static class DnsWeights
{
    /// <summary>One unit of weight, so that a weight can be shared by clusters and addresses without fractions.</summary>
    private const long Unit = 1L << 20;

    /// <summary>
    /// Without weights in the manifest a cluster weighs its ready pods. With them it takes the first entry that names it or its region, and a region's
    /// weight is shared by the clusters that take it, in proportion to their ready pods. A cluster of weight 0 is left out, unless nothing would remain.
    /// </summary>
    public static ImmutableArray<WeighedAddress> Weigh(ImmutableArray<DnsCandidate> chosen, DnsSpec dns)
    {
        if (dns.Policy != DnsPolicy.Weighted || dns.Weights.Count == 0)
            return Spread(chosen, candidate => candidate.ReadyPods * Unit);

        var podsBehind = new long[dns.Weights.Count];
        foreach (var candidate in chosen)
        {
            if (EntryFor(candidate.Cluster, candidate.Region, dns.Weights) is >= 0 and var entry)
                podsBehind[entry] += candidate.ReadyPods;
        }

        var weighed = Spread(chosen, candidate =>
        {
            var entry = EntryFor(candidate.Cluster, candidate.Region, dns.Weights);
            return entry < 0 || dns.Weights[entry].Weight <= 0
                ? 0
                : Math.Max(1, (long)((Int128)dns.Weights[entry].Weight * Unit * candidate.ReadyPods / podsBehind[entry]));
        });
        return weighed.IsEmpty ? Spread(chosen, candidate => candidate.ReadyPods * Unit) : weighed;
    }

    /// <summary>The place of the first entry that names the cluster or its region; -1 when none does.</summary>
    public static int EntryFor(string cluster, string region, IReadOnlyList<DivideWeight> weights)
    {
        for (var i = 0; i < weights.Count; i++)
        {
            if (weights[i].Cluster is { } named ? named == cluster : weights[i].Region == region)
                return i;
        }

        return -1;
    }

    /// <summary>A cluster with several addresses of one family shares its weight among them, so that it gets no more clients than its due.</summary>
    private static ImmutableArray<WeighedAddress> Spread(ImmutableArray<DnsCandidate> chosen, Func<DnsCandidate, long> weigh)
    {
        var addresses = ImmutableArray.CreateBuilder<WeighedAddress>();
        foreach (var candidate in chosen)
        {
            var weight = weigh(candidate);
            if (weight == 0)
                continue;
            var v6 = candidate.Addresses.Count(address => address.AddressFamily == AddressFamily.InterNetworkV6);
            var v4 = candidate.Addresses.Length - v6;
            foreach (var address in candidate.Addresses)
            {
                var sharers = address.AddressFamily == AddressFamily.InterNetworkV6 ? v6 : v4;
                addresses.Add(new WeighedAddress(candidate.Cluster, candidate.Region, address, Math.Max(1, weight / sharers)));
            }
        }

        return addresses.ToImmutable();
    }
}
