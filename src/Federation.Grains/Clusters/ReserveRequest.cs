using Federation.Api;

namespace Federation.Grains.Clusters;

/// <summary>Asks a cluster to keep room for an app's whole share, what it has there already included.</summary>
[GenerateSerializer]
[Immutable]
[Alias("federation.ReserveRequest")]
public sealed record ReserveRequest
{
    /// <summary>The app's <see cref="ObjectKey"/> as text.</summary>
    [Id(0)]
    public required string App { get; init; }

    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>The app's revision that the plan was made from; the placement that ends the hold has a greater one.</summary>
    [Id(2)]
    public required long Revision { get; init; }

    [Id(3)]
    public required int Replicas { get; init; }

    /// <summary>What one replica requests: thousandths of a core.</summary>
    [Id(4)]
    public long CpuMilli { get; init; }

    /// <summary>What one replica requests: bytes.</summary>
    [Id(5)]
    public long MemoryBytes { get; init; }
}

/// <summary>How much of a <see cref="ReserveRequest"/> there is room for.</summary>
[GenerateSerializer]
[Immutable]
[Alias("federation.ReserveResult")]
public sealed record ReserveResult
{
    /// <summary>At most what was asked; never less than the app has there already.</summary>
    [Id(0)]
    public required int Granted { get; init; }

    /// <summary>What the cluster has for this app, its share and its hold included: thousandths of a core; <see cref="long.MaxValue"/>: unbounded.</summary>
    [Id(1)]
    public long FreeCpuMilli { get; init; }

    /// <summary>Likewise: bytes.</summary>
    [Id(2)]
    public long FreeMemoryBytes { get; init; }

    /// <summary>Likewise: pods.</summary>
    [Id(3)]
    public long FreePods { get; init; }
}
