using Federation.Api.Merging;

namespace Federation.Api.Snapshots;

/// <summary>Whose volumes are copied, where to, when, and how many copies are kept. Without a schedule nothing of it can be changed.</summary>
public sealed record PetSnapshotSpec
{
    /// <summary>The PetSet, in the same namespace. Cannot be changed.</summary>
    public string PetSet { get; init; } = "";

    /// <summary>Which pets; empty: each that the set wants when it is time.</summary>
    [ListSet]
    public IReadOnlyList<int> Ordinals { get; init; } = [];

    /// <summary>Which of their volume claims; empty: all.</summary>
    [ListSet]
    public IReadOnlyList<string> Claims { get; init; } = [];

    /// <summary>The cluster that stores the copies, in a directory for snapshots of one of its machines (<c>--snapshots</c>); absent: for each pet the one that it is in.</summary>
    public string? To { get; init; }

    /// <summary>How a pet is kept from writing while its volumes are read. Defaulted to Pause.</summary>
    public PetSnapshotConsistency? Consistency { get; init; }

    /// <summary>With Pause: so many seconds a pet may hold still, 1 to 300; a copy that takes longer fails. Defaulted to 30.</summary>
    public int? PauseSeconds { get; init; }

    /// <summary>When, as of a Job: five fields (minute, hour, day of month, month, day of week) such as <c>30 2 * * mon-fri</c>, or <c>@hourly</c>, <c>@daily</c>, <c>@weekly</c>, <c>@monthly</c>, <c>@yearly</c>. Absent: once, now. A PetSnapshot cannot get or lose its schedule.</summary>
    public string? Schedule { get; init; }

    /// <summary>The schedule's time zone, such as <c>Europe/Berlin</c>. Defaulted to <c>Etc/UTC</c>.</summary>
    public string? TimeZone { get; init; }

    /// <summary>True: nothing new is taken. What was begun is finished, and what is stored stays. Defaulted to false with a schedule.</summary>
    public bool? Suspend { get; init; }

    /// <summary>With a schedule: so many complete copies of each pet are kept, the newest, 1 to 100. Defaulted to 3. In all at most 1000 are: of more pets, fewer each.</summary>
    public int? Keep { get; init; }
}
