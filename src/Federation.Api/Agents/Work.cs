using Federation.Api.Apps;

namespace Federation.Api.Agents;

/// <summary>What one cluster is asked to run: the App as rendered for that cluster, with its share. Derived, never stored by the control plane.</summary>
public sealed record Work
{
    public string Uid { get; init; } = "";

    /// <summary>The owner's kind; <c>App</c>.</summary>
    public string Kind { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>The store revision of the owner this work was rendered from; never goes back for one uid.</summary>
    public long Revision { get; init; }

    public long Generation { get; init; }
    public int Replicas { get; init; }

    /// <summary>Changes exactly when running pods must be replaced.</summary>
    public string TemplateHash { get; init; } = "";

    public PodTemplate Template { get; init; } = new();
    public IReadOnlyList<WorkPort> Expose { get; init; } = [];
}

/// <summary>A port on the cluster's advertised address that leads to the work's ready pods.</summary>
public sealed record WorkPort
{
    public string Name { get; init; } = "";
    public int Port { get; init; }

    /// <summary>A container port's number.</summary>
    public int TargetPort { get; init; }
}

/// <summary>The only thing that makes an agent remove a work: its uid, and a revision at or above the one it holds.</summary>
public sealed record Tombstone
{
    public string Uid { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
    public long Revision { get; init; }
    public string Reason { get; init; } = "";
}

/// <summary>One line of the works stream (newline-delimited JSON). Exactly one of <see cref="Work"/> and <see cref="Tombstone"/> is set for those types.</summary>
public sealed record WorkEvent
{
    public WorkEventType Type { get; init; }

    /// <summary>Resume the stream from here: <c>?since=&lt;revision&gt;</c>.</summary>
    public long Revision { get; init; }

    /// <summary>The store's identity; another one means a restored store, whose revisions cannot be compared with what the agent holds.</summary>
    public string? Store { get; init; }

    public Work? Work { get; init; }
    public Tombstone? Tombstone { get; init; }

    /// <summary>In bookmarks: every pod of the cluster that shall stop now, each time until it is gone. A pod that is not named goes on.</summary>
    public IReadOnlyList<PodEviction> Evictions { get; init; } = [];
}

public enum WorkEventType
{
    /// <summary>The stream starts over: every work of the cluster follows, then a <see cref="Bookmark"/>. What is missing is an orphan, not a deletion.</summary>
    Snapshot,

    /// <summary>Run this, now as written here.</summary>
    Work,

    /// <summary>Remove this.</summary>
    Tombstone,

    /// <summary>Everything up to the revision was sent. Also sent now and then as a sign of life.</summary>
    Bookmark,
}
