using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Apps;

/// <summary>Where the app runs and how far it is.</summary>
public sealed record AppStatus
{
    /// <summary>The generation that this status speaks of.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>Pods the app asks for, summed over the clusters it is placed on.</summary>
    public int Replicas { get; init; }

    /// <summary>Pods that exist and run, of any template.</summary>
    public int RunningReplicas { get; init; }

    /// <summary>Running pods whose readiness probe passes.</summary>
    public int ReadyReplicas { get; init; }

    /// <summary>Running pods of the current template.</summary>
    public int UpdatedReplicas { get; init; }

    /// <summary>The label selector of the app's pods, as text (scale subresource).</summary>
    public string? Selector { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>One entry for each cluster that has, or may still have, a share; sorted by cluster.</summary>
    [ListMap("cluster")]
    public IReadOnlyList<ClusterShare> Clusters { get; init; } = [];

    /// <summary>Why the replicas are where they are.</summary>
    public PlacementDecision? Placement { get; init; }

    /// <summary>Which bytes the images of the template stand for, in every region.</summary>
    public ImagePins? Images { get; init; }

    /// <summary>The longest time that resolvers may keep an answer which names the app's clusters; absent: the default TTL, 5 s.</summary>
    public HandedOutTtl? LongestTtl { get; init; }
}

/// <summary>The longest TTL of an object's names that resolvers may still hold.</summary>
public sealed record HandedOutTtl
{
    /// <summary>The TTL.</summary>
    public int Seconds { get; init; }

    /// <summary>When the last answer with it is over, because the names have a shorter one since; absent: they have this one.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>The bytes that images stand for, as the first pull found them.</summary>
public sealed record ImagePins
{
    /// <summary>The template that it was found for; another one is looked up anew.</summary>
    public string TemplateHash { get; init; } = "";

    /// <summary>By image as the template names it: the reference with its digest.</summary>
    public IReadOnlyDictionary<string, string> References { get; init; } = Maps.Empty;
}

public static class AppConditions
{
    /// <summary>Every replica has a cluster.</summary>
    public const string Placed = "Placed";

    /// <summary>As many replicas are ready as were asked for.</summary>
    public const string Available = "Available";

    /// <summary>Every cluster runs the newest template with the replicas it was given.</summary>
    public const string Converged = "Converged";

    /// <summary>Zones let the namespace have every whole name of <c>dns.hosts</c>. Absent while the app lists none.</summary>
    public const string HostsGranted = "HostsGranted";
}

/// <summary>One cluster's share of an app, a daemon or a job: what it is asked to run (decision) and what it says it runs (report).</summary>
public sealed record ClusterShare
{
    /// <summary>The cluster's name.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The cluster's region.</summary>
    public string Region { get; init; } = "";

    /// <summary>Pods this cluster is asked to run. Zero unless <see cref="Phase"/> is Active or Leaving.</summary>
    public int Replicas { get; init; }

    public SharePhase Phase { get; init; }

    /// <summary>When the phase was entered.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>While Leaving, once enough pods are ready elsewhere: until when resolvers may hold DNS answers that name the cluster. Then its pods stop.</summary>
    public DateTimeOffset? LeavesAt { get; init; }

    /// <summary>While Withdrawing: the app's revision that the withdrawal was decided from. Only what the cluster says about a later one confirms it.</summary>
    public long? WithdrawnAfter { get; init; }

    /// <summary>Of a Job: the open indexes that this cluster is to complete, such as <c>0-4,7</c>; absent: none.</summary>
    public string? Indexes { get; init; }

    /// <summary>The last reported counts; all zero before the first report, and again once the cluster is given up as Away.</summary>
    public int Running { get; init; }

    /// <summary>Pods that are ready.</summary>
    public int Ready { get; init; }

    /// <summary>Running pods of the current template.</summary>
    public int Updated { get; init; }

    /// <summary>The hash of the template that the cluster last reported on.</summary>
    public string? TemplateHash { get; init; }

    /// <summary>What keeps this cluster from being converged, in the agent's words; absent when nothing does.</summary>
    public string? Reason { get; init; }

    /// <summary>The reason, in a sentence.</summary>
    public string? Message { get; init; }
}

/// <summary>Decides what the cluster's stream of works says about the app.</summary>
public enum SharePhase
{
    /// <summary>The cluster runs its share.</summary>
    Active,

    /// <summary>The cluster lost its share while it was away; nothing is removed there until it is back and a plan says so.</summary>
    Away,

    /// <summary>The cluster runs its share on though others are to: until as many pods are ready there, and no resolver holds a DNS answer any more that names it.</summary>
    Leaving,

    /// <summary>The cluster was told to remove the app (a tombstone) and has not confirmed yet.</summary>
    Withdrawing,
}

/// <summary>The explanation kept with a placement: who was refused by which filter, what the rest scored, what would change it.</summary>
public sealed record PlacementDecision
{
    /// <summary>The generation that was placed.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>When it was decided.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Replicas that found no cluster.</summary>
    public int Unplaced { get; init; }

    /// <summary>The clusters that were refused, by filter and reason.</summary>
    public IReadOnlyList<PlacementRefusal> Refused { get; init; } = [];

    /// <summary>What the clusters that were not refused scored, and what they got.</summary>
    public IReadOnlyList<PlacementScore> Scores { get; init; } = [];

    /// <summary>Sentences: which input would change the outcome.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    /// <summary>The last time a share moved away from a lost cluster.</summary>
    public FailoverReceipt? Failover { get; init; }
}

/// <summary>Clusters that one filter refused for one reason.</summary>
public sealed record PlacementRefusal
{
    /// <summary>The filter's name, such as <c>Ready</c> or <c>Capacity</c>.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Why, in a sentence.</summary>
    public string Reason { get; init; } = "";

    /// <summary>At most 20 names; <see cref="Count"/> has them all.</summary>
    public IReadOnlyList<string> Clusters { get; init; } = [];

    /// <summary>How many clusters were refused.</summary>
    public int Count { get; init; }
}

/// <summary>What one cluster scored.</summary>
public sealed record PlacementScore
{
    /// <summary>The cluster's name.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Higher is better.</summary>
    public double Score { get; init; }

    /// <summary>The replicas it got.</summary>
    public int Replicas { get; init; }

    /// <summary>What the score is made of.</summary>
    public string Why { get; init; } = "";
}

/// <summary>Proof of a failover: what was lost and when each step happened.</summary>
public sealed record FailoverReceipt
{
    /// <summary>The clusters that were lost.</summary>
    public IReadOnlyList<string> Clusters { get; init; } = [];

    /// <summary>How many replicas moved.</summary>
    public int Replicas { get; init; }

    /// <summary>When the last lease ran out.</summary>
    public DateTimeOffset? DetectedAt { get; init; }

    /// <summary>When the move was decided.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>When the moved replicas were ready elsewhere.</summary>
    public DateTimeOffset? RestoredAt { get; init; }
}
