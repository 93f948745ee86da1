using Federation.Api.Apps;

namespace Federation.Domain.DnsRecords;

/// <summary>Who comes before whom, by policy Failover.</summary>
internal static class DnsOrder
{
    /// <summary>The place of the first entry that names the cluster or its region; after all others when none does.</summary>
    public static int RankOf(string cluster, string region, IReadOnlyList<DnsChoice> order)
    {
        for (var i = 0; i < order.Count; i++)
        {
            if (order[i].Cluster is { } named ? named == cluster : order[i].Region == region)
                return i;
        }

        return order.Count;
    }
}
