using Federation.Api.Apps;
using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Pets;

/// <summary>Where each pet is, and how far.</summary>
public sealed record PetSetStatus
{
    /// <summary>The generation that this status speaks of.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>Pets that have a cluster.</summary>
    public int Replicas { get; init; }

    /// <summary>Pets that run.</summary>
    public int RunningReplicas { get; init; }

    /// <summary>Pets that are ready.</summary>
    public int ReadyReplicas { get; init; }

    /// <summary>Pets that have been ready for minReadySeconds.</summary>
    public int AvailableReplicas { get; init; }

    /// <summary>Running pets of the newest template.</summary>
    public int UpdatedReplicas { get; init; }

    /// <summary>The hash of the newest template.</summary>
    public string? UpdateHash { get; init; }

    /// <summary>The hash of the template that all pets had last. Pets below the partition have it.</summary>
    public string? CurrentHash { get; init; }

    /// <summary>The label selector of the pets' pods, as text (scale subresource).</summary>
    public string? Selector { get; init; }

    /// <summary>The policy that the clusters have been told.</summary>
    public PartitionPolicy PartitionPolicy { get; init; }

    /// <summary>One entry for each pet that is wanted or may still run, by ordinal.</summary>
    [ListMap("ordinal")]
    public IReadOnlyList<PetStatus> Pets { get; init; } = [];

    /// <summary>Pets that are not wanted at present: what must be known when they come back. At most 1000.</summary>
    [ListMap("ordinal")]
    public IReadOnlyList<PetMemory> Retired { get; init; } = [];

    /// <summary>No pet that is not named in this status had a higher epoch.</summary>
    public long EpochFloor { get; init; }

    /// <summary>The identity of the store that the epochs were given in. One that was restored has another: then all epochs go on a million higher.</summary>
    public string? Store { get; init; }

    /// <summary>The newest template, and those that some pets still have. At most 10.</summary>
    [ListMap("hash")]
    public IReadOnlyList<PetTemplate> Templates { get; init; } = [];

    /// <summary>What people asked of single pets and what is not done yet.</summary>
    public IReadOnlyList<PetWord> Words { get; init; } = [];

    /// <summary>The last pets that got another cluster, the newest last. At most 20.</summary>
    public IReadOnlyList<PetTakeover> Takeovers { get; init; } = [];

    /// <summary>Volumes that pets left behind and that are to be deleted.</summary>
    public IReadOnlyList<PetLeftover> Leftovers { get; init; } = [];

    [ListMap("type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>One entry for each cluster that has, or may still have, pets; sorted by cluster.</summary>
    [ListMap("cluster")]
    public IReadOnlyList<ClusterShare> Clusters { get; init; } = [];

    /// <summary>Why pets are where they are.</summary>
    public PlacementDecision? Placement { get; init; }

    /// <summary>Which bytes the images of the newest template stand for.</summary>
    public ImagePins? Images { get; init; }
}

public static class PetSetConditions
{
    /// <summary>Every pet has a cluster.</summary>
    public const string Placed = AppConditions.Placed;

    /// <summary>Every pet is ready, and has been for minReadySeconds.</summary>
    public const string Available = AppConditions.Available;

    /// <summary>Every pet runs as the spec asks.</summary>
    public const string Converged = AppConditions.Converged;

    /// <summary>No region has half of the pets or more, or that cannot be had.</summary>
    public const string QuorumSpread = "QuorumSpread";
}

/// <summary>A pet that is not wanted at present.</summary>
public sealed record PetMemory
{
    /// <summary>The pet's ordinal.</summary>
    public int Ordinal { get; init; }

    /// <summary>The last epoch that it had.</summary>
    public long Epoch { get; init; }

    /// <summary>The cluster that has its volumes; absent: none has.</summary>
    public string? Cluster { get; init; }

    /// <summary>The machine that has its volumes.</summary>
    public string? Node { get; init; }
}

/// <summary>A template by its hash.</summary>
public sealed record PetTemplate
{
    /// <summary>The hash, as pets name it.</summary>
    public string Hash { get; init; } = "";

    /// <summary>The template.</summary>
    public PodTemplate Template { get; init; } = new();

    /// <summary>Which bytes its images stand for, as the first pull found them. By image as the template names it: the reference with its digest.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = Maps.Empty;
}
