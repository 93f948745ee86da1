using System.Text.Json.Serialization;
using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Merging;
using Federation.Api.Quantities;
using Federation.Api.Selectors;

namespace Federation.Api.Pets;

/// <summary>Which pets there are, what each is made of, and where they may run.</summary>
public sealed record PetSetSpec
{
    /// <summary>How many pets. Their ordinals go from <c>ordinals.start</c> up. Defaulted to 1; at most 1000.</summary>
    public int? Replicas { get; init; }

    /// <summary>How the pets are counted.</summary>
    public PetOrdinals Ordinals { get; init; } = new();

    /// <summary>In which order pets start and leave. Defaulted to OrderedReady.</summary>
    public PodManagementPolicy? PodManagementPolicy { get; init; }

    /// <summary>What one pet is made of. Its volumeMounts may name volumes of the template and volumeClaims. Pets find who they are in <c>PET_NAME</c>, <c>PET_ORDINAL</c>, <c>PET_EPOCH</c> and <c>PET_SET</c>, and each other in <c>PET_PEERS</c> (as of the start) and the file <c>/etc/federation/pets.json</c> (follows changes).</summary>
    public PodTemplate Template { get; init; } = new();

    /// <summary>Volumes that each pet has for itself, and keeps over restarts and updates. None can be added, renamed or removed later, and none can shrink.</summary>
    [ListMap("name")]
    public IReadOnlyList<VolumeClaim> VolumeClaims { get; init; } = [];

    /// <summary>What becomes of the volumes of pets that are not wanted any more.</summary>
    public VolumeRetention VolumeRetention { get; init; } = new();

    /// <summary>How a change of the template reaches the pets.</summary>
    public PetUpdateStrategy UpdateStrategy { get; init; } = new();

    /// <summary>So long a pet must have been ready before the next one in order starts or is updated. Defaulted to 0.</summary>
    public int? MinReadySeconds { get; init; }

    /// <summary>What a cluster that is cut off does with its pets. Defaulted to Fence.</summary>
    public PartitionPolicy? PartitionPolicy { get; init; }

    /// <summary>Where the pets may run.</summary>
    public PetPlacement Placement { get; init; } = new();

    /// <summary>The ports under which clients and other pets reach the pets, and their names.</summary>
    [ListMap("port", "protocol=TCP")]
    public IReadOnlyList<PetExposeSpec> Expose { get; init; } = [];
}

/// <summary>How pets are counted.</summary>
public sealed record PetOrdinals
{
    /// <summary>The lowest ordinal. When it changes, pets below it leave and others start at the other end. Defaulted to 0.</summary>
    public int? Start { get; init; }
}

public enum PodManagementPolicy
{
    /// <summary>One after the other: each pet starts when all before it are ready, and leaves when all after it are gone.</summary>
    OrderedReady,

    /// <summary>Pets start and leave without waiting for each other. Updates keep their order.</summary>
    Parallel,
}

/// <summary>A volume that each pet has for itself.</summary>
public sealed record VolumeClaim
{
    /// <summary>As volumeMounts name it.</summary>
    public string Name { get; init; } = "";

    /// <summary>The least size, such as <c>10Gi</c>.</summary>
    public Quantity? Size { get; init; }

    /// <summary>The class of the volume; absent: any. Cannot be changed.</summary>
    public string? Class { get; init; }

    /// <summary>What is in the volume of a pet that never had one; absent: nothing. All claims that have this name the same copies.</summary>
    public VolumeSource? From { get; init; }
}

/// <summary>Copies that new pets begin with: each pet with the one of the pet of its ordinal.</summary>
public sealed record VolumeSource
{
    /// <summary>A PetSnapshot of the same namespace.</summary>
    public string Snapshot { get; init; } = "";

    /// <summary>Only copies with this id, or with ids that begin with it and the ordinal, such as <c>20260102T030000Z</c>; absent: the newest one that is complete.</summary>
    public string? Id { get; init; }

    /// <summary>What a pet does of which there is no such copy. Defaulted to Wait.</summary>
    public MissingCopy? Missing { get; init; }
}

public enum MissingCopy
{
    /// <summary>It waits for one.</summary>
    Wait,

    /// <summary>It begins with an empty volume.</summary>
    Empty,
}

/// <summary>What becomes of volumes whose pet is not wanted any more.</summary>
public sealed record VolumeRetention
{
    /// <summary>When the set is deleted. Defaulted to Retain.</summary>
    public RetentionPolicy? WhenDeleted { get; init; }

    /// <summary>When the set has fewer pets. Defaulted to Retain: the pet finds them again when it comes back.</summary>
    public RetentionPolicy? WhenScaled { get; init; }
}

public enum RetentionPolicy
{
    /// <summary>They stay.</summary>
    Retain,

    /// <summary>They are deleted with all that is in them, once the pet has stopped.</summary>
    Delete,
}

/// <summary>How a change of the template reaches the pets.</summary>
public sealed record PetUpdateStrategy
{
    /// <summary>Defaulted to RollingUpdate.</summary>
    public PetUpdateType? Type { get; init; }

    /// <summary>Only pets with this ordinal or a higher one are updated. Only with RollingUpdate; defaulted to 0.</summary>
    public int? Partition { get; init; }
}

public enum PetUpdateType
{
    /// <summary>One pet after the other, from the highest ordinal down, each ready before the next.</summary>
    RollingUpdate,

    /// <summary>A pet gets the new template when its pod is deleted.</summary>
    OnDelete,
}

public enum PartitionPolicy
{
    /// <summary>A cluster that has no contact for longer than its permission stops its pets, and they start elsewhere. No pet runs twice.</summary>
    Fence,

    /// <summary>A cluster that is cut off goes on running its pets. They start elsewhere only when the cluster or a person says that they do not run there.</summary>
    Keep,
}

/// <summary>Which clusters may run the pets, and how the pets spread over them.</summary>
public sealed record PetPlacement
{
    /// <summary>Only clusters whose labels match; absent: every cluster.</summary>
    public LabelSelector? Clusters { get; init; }

    /// <summary>Only clusters of these regions; empty: every region.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Over how many regions, zones or clusters the pets must be spread. Pets spread over regions in any case, so that no region has a majority when that can be had.</summary>
    public IReadOnlyList<SpreadConstraint> Spread { get; init; } = [];

    /// <summary>What becomes of the pets of a lost cluster.</summary>
    public PetFailover? Failover { get; init; }
}

/// <summary>When pets leave a cluster that is gone.</summary>
public sealed record PetFailover
{
    /// <summary>A cluster gone this long loses its pets; they start elsewhere once it is sure that they do not run there any more. Defaulted to 5 s.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? After { get; init; }

    /// <summary>What pets with volume claims do when the machine with their volumes is lost. Defaulted to Wait.</summary>
    public FailoverVolumes? Volumes { get; init; }
}

public enum FailoverVolumes
{
    /// <summary>They wait for the machine.</summary>
    Wait,

    /// <summary>They start elsewhere with empty volumes: for replicated stores, whose members get their data from the others.</summary>
    Empty,
}

/// <summary>A port that the pets' clusters offer at their advertised addresses.</summary>
public sealed record PetExposeSpec
{
    /// <summary>Defaulted to <c>port-&lt;port&gt;</c>, and for UDP to <c>port-&lt;port&gt;-udp</c>.</summary>
    public string? Name { get; init; }

    /// <summary>The port on the clusters' advertised addresses, 1 to 65535. With <see cref="PerPet"/>: the first pet's.</summary>
    public int Port { get; init; }

    /// <summary><c>TCP</c> or <c>UDP</c>. Defaulted to TCP.</summary>
    public string? Protocol { get; init; }

    /// <summary>A container port's name or number. Defaulted to <see cref="Port"/>.</summary>
    public IntOrString? TargetPort { get; init; }

    /// <summary>True: each pet has a port of its own, <c>port</c> plus its ordinal less <c>ordinals.start</c>, that leads to it as soon as it runs. Else the port leads to the ready pets of the cluster.</summary>
    public bool? PerPet { get; init; }

    /// <summary>How names lead to the port.</summary>
    public DnsSpec? Dns { get; init; }

    /// <summary>Without what only pets have.</summary>
    public ExposeSpec ToExpose() => new() { Name = Name, Port = Port, Protocol = Protocol, TargetPort = TargetPort, Dns = Dns };
}
