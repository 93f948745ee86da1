using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Api.Quantities;

namespace Federation.Api.Agents;

/// <summary>What one cluster says about its works and its machines. Also its heartbeat: an empty report renews the lease.</summary>
public sealed record Report
{
    /// <summary>Made anew each time the agent starts; a new session's first report is full.</summary>
    public string Session { get; init; } = "";

    /// <summary>Counts the session's reports, from 1. The control plane asks for a full one when it missed any.</summary>
    public long Sequence { get; init; }

    /// <summary>True: everything is in here, and what is missing no longer exists. False: only what changed since the last acknowledged report.</summary>
    public bool Full { get; init; }

    /// <summary>The works stream's revision that the agent has stored durably.</summary>
    public long AppliedRevision { get; init; }

    /// <summary>The identity of the store that <see cref="AppliedRevision"/> counts in; null before the first bookmark.</summary>
    public string? AppliedStore { get; init; }

    public IReadOnlyList<WorkStatus> Works { get; init; } = [];
    public IReadOnlyList<Pod> Pods { get; init; } = [];

    /// <summary>Pods that no longer exist.</summary>
    public IReadOnlyList<PodName> RemovedPods { get; init; } = [];

    public IReadOnlyList<AgentEvent> Events { get; init; } = [];

    /// <summary>Set in full reports and when it changed.</summary>
    public ClusterInventory? Inventory { get; init; }

    /// <summary>
    /// All machines of the cluster, each as it is by itself: what people want of it (<see cref="WorkEvent.Nodes"/>) is laid over it by who shows it.
    /// Set in full reports and when one of them changed; null: as before.
    /// </summary>
    public IReadOnlyList<Node>? Nodes { get; init; }

    /// <summary>Null: nothing new was measured. Goes with the next report or heartbeat, and never causes one.</summary>
    public ClusterUsage? Usage { get; init; }

    /// <summary>How far other regions are. Null: as before, or never measured. Goes with the next report or heartbeat, and never causes one.</summary>
    public IReadOnlyList<RegionLatency>? Latencies { get; init; }

    /// <summary>True: the agent stops on purpose; traffic must leave at once. Its pods go on running.</summary>
    public bool Leaving { get; init; }
}

/// <summary>One work as the cluster runs it.</summary>
public sealed record WorkStatus
{
    public string Uid { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>The revision of the work (or tombstone) this status speaks of.</summary>
    public long Revision { get; init; }
    public string TemplateHash { get; init; } = "";

    public int Desired { get; init; }
    public int Running { get; init; }
    public int Ready { get; init; }

    /// <summary>Running pods of the current template.</summary>
    public int Updated { get; init; }

    /// <summary>A Job's indexes whose pod ended well, such as <c>0-4,7</c>.</summary>
    public string? Succeeded { get; init; }

    /// <summary>A Job's indexes that were given up.</summary>
    public string? Failed { get; init; }

    /// <summary>In mode <see cref="WorkMode.Pets"/>: every pet that has a container here or may get one. One that is missing in a status of revision R does not run, and will not, by any work up to R.</summary>
    public IReadOnlyList<WorkPetStatus> Pets { get; init; } = [];

    /// <summary>One entry for each of <see cref="WorkPets.Copies"/>.</summary>
    public IReadOnlyList<WorkPetCopyStatus> Copies { get; init; } = [];

    /// <summary>In mode <see cref="WorkMode.Snapshots"/>: one entry for each entry of <see cref="Work.Snapshots"/>; of those that are to be discarded, until they are gone.</summary>
    public IReadOnlyList<WorkSnapshotStatus> Snapshots { get; init; } = [];

    /// <summary>The bytes that the images' names led to, where it is not decided yet; see <see cref="ImageDigests"/>.</summary>
    public string? Images { get; init; }

    /// <summary>True: a tombstone was carried out; no container of this work is left.</summary>
    public bool Gone { get; init; }

    /// <summary>True: the agent runs containers of this uid but holds no work for it (it lost its disk, or the control plane its memory).</summary>
    public bool Orphan { get; init; }

    /// <summary>What keeps the work from converging, if anything: <c>ImagePullFailed</c>, <c>CrashLoopBackOff</c>, <c>DiskFull</c>, <c>EngineUnavailable</c>, <c>PortUnavailable</c> …</summary>
    public string? Reason { get; init; }
    public string? Message { get; init; }
}

/// <summary>One pet as the cluster runs it.</summary>
public sealed record WorkPetStatus
{
    public int Ordinal { get; init; }
    public long Epoch { get; init; }
    public string TemplateHash { get; init; } = "";

    /// <summary>The machine that it is on, or was on last; empty while it has none.</summary>
    public string Node { get; init; } = "";

    public WorkPetPhase Phase { get; init; }

    /// <summary>What keeps it from being ready: one of <see cref="WorkPetReasons"/>, <c>ImagePullFailed</c> …</summary>
    public string? Reason { get; init; }
    public string? Message { get; init; }
}

/// <summary>How far a pet's volumes have come.</summary>
public sealed record WorkPetCopyStatus
{
    public int Ordinal { get; init; }

    /// <summary>As the work names the copy.</summary>
    public long Epoch { get; init; }

    /// <summary>The machine that gets the volumes; empty while none is chosen.</summary>
    public string Node { get; init; } = "";

    public WorkPetCopyPhase Phase { get; init; }

    /// <summary>Bytes of files that are here.</summary>
    public long Bytes { get; init; }

    /// <summary>Of Done: the checksum over all files of all volumes, the same at both ends.</summary>
    public string? Digest { get; init; }

    /// <summary>What holds it up: <c>SourceAway</c>, <c>NoSpace</c>, <c>ChecksumDiffers</c> …</summary>
    public string? Reason { get; init; }
    public string? Message { get; init; }
}

public enum WorkPetCopyPhase
{
    /// <summary>Nothing is here yet.</summary>
    Waiting,

    /// <summary>Bytes arrive, or it is tried again soon.</summary>
    Copying,

    /// <summary>All is here, durable, and was compared with the source.</summary>
    Done,

    /// <summary>It cannot be done here; trying again would not help.</summary>
    Failed,
}

/// <summary>Why a pet does not run, where that is not a container's own trouble.</summary>
public static class WorkPetReasons
{
    /// <summary>The agent may not run fenced pets at present.</summary>
    public const string Fenced = "Fenced";

    /// <summary>The pet's machine is not heard of. It waits for it: a volume is there, or the machine may still run it.</summary>
    public const string NodeAway = "NodeAway";

    /// <summary>
    /// The pet's machine is not heard of, cannot run it any more, and no volume is there. Said with the epoch that the machine was given: with a higher one, in the same
    /// cluster, the pet starts on another machine.
    /// </summary>
    public const string NodeFenced = "NodeFenced";

    /// <summary>No machine of the cluster takes it.</summary>
    public const string Unschedulable = "Unschedulable";

    /// <summary>It is to leave its machine, and has a volume there or no other machine takes it: it runs on.</summary>
    public const string CannotMove = "CannotMove";

    /// <summary>It leaves its machine for another: it stops first.</summary>
    public const string Moving = "Moving";

    /// <summary>It does not run, and its volumes are being deleted, see <see cref="WorkPets.Discard"/>.</summary>
    public const string Discarding = "Discarding";
}

public enum WorkPetPhase
{
    /// <summary>No container runs.</summary>
    Waiting,

    /// <summary>A container runs.</summary>
    Running,

    /// <summary>A container runs and is ready.</summary>
    Ready,

    /// <summary>It is being stopped.</summary>
    Stopping,
}

public readonly record struct PodName(string Namespace, string Name);

public sealed record AgentEvent
{
    /// <summary>The object it is about: the pod, or the owner when <see cref="Pod"/> is empty.</summary>
    public string Kind { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
    public string? Uid { get; init; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string Type { get; init; } = "Normal";
    public string Reason { get; init; } = "";
    public string Message { get; init; } = "";
    public int Count { get; init; } = 1;
    public DateTimeOffset FirstSeen { get; init; }
    public DateTimeOffset LastSeen { get; init; }
}

/// <summary>The machines of a cluster, summed up.</summary>
public sealed record ClusterInventory
{
    public IReadOnlyDictionary<string, Quantity> Capacity { get; init; } = Quantity.EmptyMap;
    public int Nodes { get; init; }

    /// <summary>Ready machines that have a directory for snapshots of pets' volumes.</summary>
    public int SnapshotNodes { get; init; }

    /// <summary>Where the Ready machines offer exposed ports.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
    public string Architecture { get; init; } = "";
    public string AgentVersion { get; init; } = "";
    public string EngineVersion { get; init; } = "";

    /// <summary>Set while the container engine refuses work: <c>EngineUnavailable</c>, <c>DiskFull</c>, <c>PermissionDenied</c>; or <c>NodesSilent</c>: the cluster agent hears of none of its machines.</summary>
    public string? EngineProblem { get; init; }
    public string? EngineMessage { get; init; }
}

/// <summary>The answer to a report.</summary>
public sealed record ReportAnswer
{
    /// <summary>The sequence number up to which everything arrived.</summary>
    public long Acknowledged { get; init; }

    /// <summary>True: send a full report next.</summary>
    public bool Resync { get; init; }

    /// <summary>The lease, counted by the agent from the moment it sent the report.</summary>
    public double LeaseSeconds { get; init; }

    /// <summary>So long fenced pets may run, counted from the moment the report was sent, by a clock that goes on while the machine sleeps. 0: no longer than was said before.</summary>
    public double FenceSeconds { get; init; }

    /// <summary>Fenced pets may run only once the works stream has been applied up to here.</summary>
    public long FenceFrom { get; init; }

    /// <summary>The identity of the store that <see cref="FenceFrom"/> counts in: a position of another store is not compared with it, and does not count. Null: any.</summary>
    public string? FenceStore { get; init; }
}
