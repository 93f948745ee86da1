using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Domain.DnsRecords;

namespace Federation.Grains.Placements;

/// <summary>Where one placed object is, as the index keeps it: no more of the object than placement decisions about others need.</summary>
internal sealed record PlacedObject
{
    public required ObjectKey Key { get; init; }
    public required string Uid { get; init; }
    public required long Revision { get; init; }
    public required PodDemand Pod { get; init; }
    public required IReadOnlyList<PlacedShare> Shares { get; init; }

    /// <summary>The longest TTL of its names that resolvers may hold, seconds; null: it has none.</summary>
    public required int? LongestTtl { get; init; }

    /// <summary>Which clusters may run it.</summary>
    public required PlacementSpec Rules { get; init; }

    /// <summary>False: no cluster matters to it beyond its shares.</summary>
    public required bool WantsPods { get; init; }

    /// <summary>Replicas wait for a cluster.</summary>
    public required bool IsShort { get; init; }

    /// <summary>Something about it is not as it should be yet; after a start its grain is woken.</summary>
    public required bool IsUnfinished { get; init; }

    /// <summary>The whole names that it lists.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    public PlacedShare? ShareOn(string cluster) => Shares.FirstOrDefault(share => share.Cluster == cluster);

    /// <summary>Whether a cluster is one of those that may run it.</summary>
    public bool MayRunOn(Cluster cluster) =>
        WantsPods && Rules.Clusters?.Matches(cluster.Metadata.Labels) != false && (Rules.Regions.Count == 0 || Rules.Regions.Contains(cluster.Spec.Region));

    public static PlacedObject Of(PlacedResource placed, long revision) => new()
    {
        Key = placed.Key,
        Uid = placed.Metadata.Uid ?? "",
        Revision = revision,
        Pod = PodDemand.Of(placed.Template),
        Rules = placed.Rules,
        LongestTtl = DnsNames.HostOf(placed) is null ? null : NameTtl.LongestOf(placed),
        WantsPods = placed.WantsPods,
        Shares = [.. placed.Shares.Select(share => new PlacedShare(share.Cluster, share.Phase, share.Replicas, share.Running))],
        IsShort = placed.WantsPods && placed.Decision is not { Unplaced: 0 },
        IsUnfinished = !placed.IsSettled,
        Hosts = [.. HostConditions.WholeNamesOf(placed)],
    };
}

/// <param name="Running">As last reported.</param>
internal sealed record PlacedShare(string Cluster, SharePhase Phase, int Replicas, int Running);
