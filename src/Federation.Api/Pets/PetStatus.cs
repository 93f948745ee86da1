namespace Federation.Api.Pets;

/// <summary>One pet: where it may run (decision) and what its cluster says about it (report).</summary>
public sealed record PetStatus
{
    /// <summary>Unique in the set, over all clusters.</summary>
    public int Ordinal { get; init; }

    /// <summary>Such as <c>db-0</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>The cluster that may run it: with <see cref="Release"/>, the one that has to stop it first. Absent: none may.</summary>
    public string? Cluster { get; init; }

    /// <summary>The cluster's region.</summary>
    public string? Region { get; init; }

    /// <summary>The machine that it was last seen on. With volume claims: the one that has its volumes.</summary>
    public string? Node { get; init; }

    /// <summary>The fencing number: grows each time the pet may start somewhere new, and never goes back. 0: it never had a cluster.</summary>
    public long Epoch { get; init; }

    /// <summary>How far it is.</summary>
    public PetPhase Phase { get; init; }

    /// <summary>The template that it is to run.</summary>
    public string? TemplateHash { get; init; }

    /// <summary>What keeps it from being ready, if anything.</summary>
    public string? Reason { get; init; }

    /// <summary>The reason, in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>When the phase was entered.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Set: the pet leaves its cluster, and no other may run it before it is sure that this one does not.</summary>
    public PetRelease? Release { get; init; }

    /// <summary>Set: the pet goes to another cluster, with its volumes.</summary>
    public PetMove? Move { get; init; }

    /// <summary>Set: the pet is new, and its volumes are brought from a snapshot before it starts.</summary>
    public PetRestore? Restore { get; init; }

    /// <summary>Set: it holds still while a snapshot of its volumes is taken, or is about to.</summary>
    public PetHold? Hold { get; init; }

    /// <summary>While Unknown: how far it was when its cluster was last heard.</summary>
    public PetPhase? Heard { get; init; }

    /// <summary>True: its cluster may run it without a permission, so that only the cluster or a person can say that it does not run.</summary>
    public bool? Kept { get; init; }

    /// <summary>Once the cluster has reported on a later revision than this one, the pet runs by permission only.</summary>
    public long? KeptUntil { get; init; }
}

public enum PetPhase
{
    /// <summary>No cluster may run it yet.</summary>
    Pending,

    /// <summary>Its cluster may run it, and it does not run as it should yet.</summary>
    Starting,

    /// <summary>It runs and is not ready.</summary>
    Running,

    /// <summary>It runs the template that it should, and is ready.</summary>
    Ready,

    /// <summary>Its cluster stopped it because the cluster's permission ended.</summary>
    Fenced,

    /// <summary>Its cluster cannot be heard; nobody knows whether it runs.</summary>
    Unknown,

    /// <summary>It does not run and waits for the machine that has its volumes.</summary>
    WaitingForVolumes,

    /// <summary>It leaves its cluster to run in another one.</summary>
    Releasing,

    /// <summary>Nobody runs it while its volumes are brought to the cluster that it goes to.</summary>
    Moving,

    /// <summary>It is not wanted any more and leaves for good.</summary>
    Stopping,
}

/// <summary>A pet on its way out of a cluster.</summary>
public sealed record PetRelease
{
    /// <summary>The set's revision that the release was decided from. Only what is said about a later one counts.</summary>
    public long After { get; init; }

    /// <summary>When it was decided.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Why it leaves, or left.</summary>
    public PetReleaseCause Cause { get; init; }

    /// <summary>Set once it is sure that the pet does not run in the cluster: when. Until then nobody else may run it.</summary>
    public DateTimeOffset? FreedAt { get; init; }

    /// <summary>How that is known.</summary>
    public PetFreedBy? FreedBy { get; init; }

    /// <summary>When the loss was noticed that caused it, if a loss did.</summary>
    public DateTimeOffset? DetectedAt { get; init; }
}

public enum PetReleaseCause
{
    /// <summary>The cluster is lost.</summary>
    Lost,

    /// <summary>The placement does not allow the cluster any more.</summary>
    Placement,

    /// <summary>Somebody asked for it.</summary>
    Asked,

    /// <summary>The pet is not wanted any more.</summary>
    Unwanted,
}

public enum PetFreedBy
{
    /// <summary>The cluster reported that the pet does not run and will not.</summary>
    Cluster,

    /// <summary>The cluster's permission has surely ended.</summary>
    Fence,

    /// <summary>A person said so.</summary>
    Person,
}

/// <summary>What a person asks of one pet. It goes from the list once it is done.</summary>
public sealed record PetWord
{
    /// <summary>The pet.</summary>
    public int Ordinal { get; init; }

    /// <summary>What is asked.</summary>
    public PetWordKind Kind { get; init; }

    /// <summary>The pet's epoch when it was said; it says nothing about a later one.</summary>
    public long Epoch { get; init; }

    /// <summary>Where to move: a cluster's name.</summary>
    public string? To { get; init; }

    /// <summary>Of a move: true, and it goes on with the volumes that it left there, which are kept as long as it was not ready since. What it wrote since is lost.</summary>
    public bool? Back { get; init; }

    /// <summary>Who said it.</summary>
    public string? By { get; init; }

    /// <summary>When it was said.</summary>
    public DateTimeOffset? At { get; init; }
}

public enum PetWordKind
{
    /// <summary>The pet does not run in its cluster, whatever the cluster may think: the machine is off, or somebody stopped it by hand. It may start elsewhere, if it need not wait for its volumes.</summary>
    Fence,

    /// <summary>The pet leaves its cluster and its volumes there, and starts elsewhere with empty ones.</summary>
    Release,

    /// <summary>The pet goes to a cluster, with its volumes.</summary>
    Move,
}
