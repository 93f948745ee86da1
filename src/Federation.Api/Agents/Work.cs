using Federation.Api.Apps;
using Federation.Api.Clusters;

namespace Federation.Api.Agents;

/// <summary>What one cluster is asked to run: the App as rendered for that cluster, with its share. Derived, never stored by the control plane.</summary>
public sealed record Work
{
    public string Uid { get; init; } = "";

    /// <summary>The owner's kind: <c>App</c>, <c>Daemon</c>, <c>Job</c>, <c>PetSet</c> or <c>PetSnapshot</c>.</summary>
    public string Kind { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>The store revision of the owner this work was rendered from; never goes back for one uid.</summary>
    public long Revision { get; init; }

    public long Generation { get; init; }

    /// <summary>How many pods the child is to keep. 0 in the other modes.</summary>
    public int Replicas { get; init; }

    public WorkMode Mode { get; init; }

    /// <summary>Set in mode <see cref="WorkMode.Completions"/>.</summary>
    public WorkCompletions? Completions { get; init; }

    /// <summary>Set in mode <see cref="WorkMode.Pets"/>.</summary>
    public WorkPets? Pets { get; init; }

    /// <summary>Set in mode <see cref="WorkMode.Snapshots"/>.</summary>
    public WorkSnapshots? Snapshots { get; init; }

    /// <summary>Changes exactly when running pods must be replaced.</summary>
    public string TemplateHash { get; init; } = "";

    public PodTemplate Template { get; init; } = new();
    public IReadOnlyList<WorkPort> Expose { get; init; } = [];

    /// <summary>The ConfigMaps and Secrets that the template names, as far as they exist. An update alone replaces no pod.</summary>
    public IReadOnlyList<WorkData> Data { get; init; } = [];

    /// <summary>By image as the template names it: the reference with a digest that the first pull found, so that every pod runs the same bytes.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = Meta.Maps.Empty;
}

public enum WorkMode
{
    /// <summary>So many pods, for ever.</summary>
    Replicas,

    /// <summary>One pod on each machine that matches the template, for ever. A node gets it as one replica.</summary>
    PerNode,

    /// <summary>Pods that run to their end, one for each index.</summary>
    Completions,

    /// <summary>Pods with identities: exactly those that are named, each at most once.</summary>
    Pets,

    /// <summary>No pods: copies of pets' volumes. The work's template is empty.</summary>
    Snapshots,
}

/// <summary>What of a Job the child is to complete.</summary>
public sealed record WorkCompletions
{
    /// <summary>The indexes still to complete, such as <c>0-4,7</c>. One that the child reported as succeeded stays in here until the parent has noted it.</summary>
    public string Indexes { get; init; } = "";

    /// <summary>How many of them run at the same time.</summary>
    public int Parallelism { get; init; }

    /// <summary>Failures of one index after which the child gives it up and reports it as failed.</summary>
    public int BackoffLimit { get; init; }

    /// <summary>After this nothing is started and what runs is stopped.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>A ConfigMap or Secret for a work's pods.</summary>
public sealed record WorkData
{
    /// <summary><c>ConfigMap</c> or <c>Secret</c>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The object's name; its namespace is the work's.</summary>
    public string Name { get; init; } = "";

    /// <summary>The object's uid and revision: another one means other contents.</summary>
    public string Version { get; init; } = "";

    /// <summary>A Secret's type.</summary>
    public string? Type { get; init; }

    /// <summary>By key, the bytes in base64.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = Meta.Maps.Empty;
}

/// <summary>A port on the cluster's advertised address that leads to the work's ready pods.</summary>
public sealed record WorkPort
{
    public string Name { get; init; } = "";

    /// <summary><c>TCP</c> or <c>UDP</c>.</summary>
    public string Protocol { get; init; } = "TCP";
    public int Port { get; init; }

    /// <summary>A container port's number.</summary>
    public int TargetPort { get; init; }

    /// <summary>Leads to this pet alone, and as soon as it runs: its peers reach it before it is ready. Null: to all ready pods.</summary>
    public int? Ordinal { get; init; }
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

    /// <summary>In bookmarks for a cluster: what people want of its machines. For a node: its own entry.</summary>
    public IReadOnlyList<NodeSettings> Nodes { get; init; } = [];

    /// <summary>In events of type <see cref="WorkEventType.Endpoints"/>: where other nodes of the cluster serve a work's ports.</summary>
    public WorkEndpoints? Endpoints { get; init; }
}

/// <summary>To a node: which other nodes of its cluster have ready pods, or running pets, of a work. Replaces what was said about the work before.</summary>
public sealed record WorkEndpoints
{
    public string WorkUid { get; init; } = "";

    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>The ports, also where this node runs no pod of the work: it serves them all the same.</summary>
    public IReadOnlyList<WorkPort> Ports { get; init; } = [];

    /// <summary>Empty: only this node's own pods serve it.</summary>
    public IReadOnlyList<WorkPeer> Peers { get; init; } = [];
}

/// <summary>Another node with ready pods, or with pets that run. What reaches its address from a node of the cluster, it sends to its own pods only.</summary>
public sealed record WorkPeer
{
    public string Node { get; init; } = "";

    /// <summary>Where the node offers the ports.</summary>
    public string Address { get; init; } = "";

    public int ReadyPods { get; init; }

    /// <summary>The ordinals of the pets that run there, ready or not, such as <c>0-1,4</c>; empty: none.</summary>
    public string Pets { get; init; } = "";
}

public enum WorkEventType
{
    /// <summary>The stream starts over: every work of the cluster follows, then a <see cref="Bookmark"/>. What is missing is an orphan, not a deletion.</summary>
    Snapshot,

    /// <summary>Run this, now as written here.</summary>
    Work,

    /// <summary>Remove this.</summary>
    Tombstone,

    /// <summary>Where other nodes serve a work's ports. Only from a cluster agent to its nodes; a snapshot has all of them that are not empty.</summary>
    Endpoints,

    /// <summary>Everything up to the revision was sent. Also sent now and then as a sign of life.</summary>
    Bookmark,
}
