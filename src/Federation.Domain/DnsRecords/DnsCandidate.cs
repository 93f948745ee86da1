using System.Collections.Immutable;
using System.Net;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;

namespace Federation.Domain.DnsRecords;

/// <summary>How good a place a cluster is to send clients to; lower is better.</summary>
internal enum Standing
{
    Serving,
    Leaving,
    Unreachable,
    Out,
}

/// <summary>One cluster of an app as the DNS planner sees it.</summary>
internal sealed record DnsCandidate(string Cluster, string Region, int ReadyPods, ImmutableArray<IPAddress> Addresses, Standing Standing, string OutReason)
{
    /// <summary>Pods that the cluster is to have.</summary>
    public int WantedPods { get; init; }

    public static DnsCandidate Judge(PlacedResource app, ClusterShare share, Cluster? cluster) => Stand(app, share, cluster) with { WantedPods = share.Replicas };

    private static DnsCandidate Stand(PlacedResource app, ClusterShare share, Cluster? cluster)
    {
        if (cluster is null)
            return Out(share, share.Region, DnsReasons.ClusterUnknown);

        var region = cluster.Spec.Region;
        if (app.IsDeleting)
            return Out(share, region, DnsReasons.AppIsDeleting);
        if (share.Ready <= 0)
            return Out(share, region, DnsReasons.NoReadyPod);

        var addresses = UsableAddresses(cluster.EffectiveAddresses());
        if (addresses.IsEmpty)
            return Out(share, region, DnsReasons.NoUsableAddress);

        if (!cluster.Status.Conditions.IsTrue(ClusterConditions.Ready))
            return new DnsCandidate(share.Cluster, region, share.Ready, addresses, Standing.Unreachable, DnsReasons.ClusterNotReady);
        // One that is to leave is needed until enough pods are ready elsewhere.
        var isStaying = share is { Phase: SharePhase.Active, Replicas: > 0 } or { Phase: SharePhase.Leaving, LeavesAt: null } && !cluster.IsDeleting;
        return new DnsCandidate(share.Cluster, region, share.Ready, addresses, isStaying ? Standing.Serving : Standing.Leaving, DnsReasons.Leaving);
    }

    /// <summary>What became of this cluster once the best <paramref name="chosen"/> standing is known.</summary>
    /// <param name="chosen">Of all clusters.</param>
    /// <param name="addresses">Of those that can be answered.</param>
    /// <param name="answered">Of those that are.</param>
    /// <param name="first">Of those that come before any other; the others that are answered get what those have no room for.</param>
    public ClusterVerdict Verdict(Standing chosen, ImmutableArray<WeighedAddress> addresses, ImmutableArray<WeighedAddress> answered, ImmutableArray<WeighedAddress> first)
    {
        if (Standing != chosen || chosen == Standing.Out)
            return new ClusterVerdict(Cluster, Region, ReadyPods, IsAnswered: false, OutReason);
        if (!addresses.Any(address => address.Cluster == Cluster))
            return new ClusterVerdict(Cluster, Region, ReadyPods, IsAnswered: false, DnsReasons.WeightIsZero);
        if (!answered.Any(address => address.Cluster == Cluster))
            return new ClusterVerdict(Cluster, Region, ReadyPods, IsAnswered: false, DnsReasons.StandsBy);
        var reason = chosen switch
        {
            Standing.Serving => first.Any(address => address.Cluster == Cluster) ? DnsReasons.Serving : DnsReasons.TakesTheRest,
            Standing.Leaving => DnsReasons.LeavingButLastResort,
            _ => DnsReasons.UnreachableButLastResort,
        };
        return new ClusterVerdict(Cluster, Region, ReadyPods, IsAnswered: true, reason);
    }

    private static DnsCandidate Out(ClusterShare share, string region, string reason) => new(share.Cluster, region, share.Ready, [], Standing.Out, reason);

    public static ImmutableArray<IPAddress> UsableAddresses(IReadOnlyList<string> texts)
    {
        var addresses = ImmutableArray.CreateBuilder<IPAddress>(texts.Count);
        foreach (var text in texts)
        {
            if (!IPAddress.TryParse(text, out var address))
                continue;
            if (address.IsIPv4MappedToIPv6)
                address = address.MapToIPv4();
            if (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !addresses.Contains(address))
                addresses.Add(address);
        }

        return addresses.ToImmutable();
    }
}
