using System.Text.Json.Serialization;
using Federation.Api.Json;
using Federation.Api.Selectors;

namespace Federation.Api.Apps;

/// <summary>Which clusters may run the app, and how its replicas divide over them.</summary>
public sealed record PlacementSpec
{
    /// <summary>Only clusters whose labels match; absent: every cluster.</summary>
    public LabelSelector? Clusters { get; init; }

    /// <summary>Only clusters of these regions; empty: every region.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Over how many regions, zones or clusters the app must be spread.</summary>
    public IReadOnlyList<SpreadConstraint> Spread { get; init; } = [];

    /// <summary>How the replicas divide over the clusters.</summary>
    public DivideSpec? Divide { get; init; }

    /// <summary>When the share of a lost cluster moves.</summary>
    public FailoverSpec? Failover { get; init; }
}

/// <summary>The app must run in at least <see cref="Min"/> and at most <see cref="Max"/> different regions, zones or clusters.</summary>
public sealed record SpreadConstraint
{
    /// <summary>What to count.</summary>
    public SpreadTopology By { get; init; } = SpreadTopology.Region;

    /// <summary>Defaulted to 1.</summary>
    public int? Min { get; init; }

    /// <summary>Absent: no upper bound.</summary>
    public int? Max { get; init; }
}

[JsonConverter(typeof(CamelCaseEnumConverter<SpreadTopology>))]
public enum SpreadTopology
{
    Region,
    Zone,
    Cluster,
}

/// <summary>How the replicas divide over the clusters that may run them.</summary>
public sealed record DivideSpec
{
    /// <summary>Defaulted to <see cref="DivideMode.Weighted"/>; without weights every cluster weighs 1.</summary>
    public DivideMode? Mode { get; init; }

    /// <summary>A cluster takes the first entry that names it or its region; one that no entry names weighs 0, unless the list is empty.</summary>
    public IReadOnlyList<DivideWeight> Weights { get; init; } = [];
}

public enum DivideMode
{
    /// <summary>Replicas divide in proportion to the weights.</summary>
    Weighted,

    /// <summary>Replicas divide in proportion to free capacity.</summary>
    Capacity,

    /// <summary>Every cluster runs all the replicas.</summary>
    Duplicate,
}

/// <summary>Exactly one of <see cref="Region"/> and <see cref="Cluster"/> is set. A region's weight is shared by its clusters.</summary>
public sealed record DivideWeight
{
    /// <summary>The region that the weight is for.</summary>
    public string? Region { get; init; }

    /// <summary>The cluster that the weight is for.</summary>
    public string? Cluster { get; init; }

    /// <summary>The share of the replicas, relative to the other weights; 0: none.</summary>
    public int Weight { get; init; }
}

/// <summary>When an app leaves a cluster that is gone.</summary>
public sealed record FailoverSpec
{
    /// <summary>A cluster gone this long loses its share. Defaulted to 10 s.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? After { get; init; }
}
