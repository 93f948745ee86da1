using Federation.Api.Apps;
using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Jobs;

/// <summary>How far the Job is.</summary>
public sealed record JobStatus
{
    /// <summary>The generation that this status speaks of.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>Pods that run, in clusters that are Ready.</summary>
    public int Active { get; init; }

    /// <summary>Indexes that are completed.</summary>
    public int Succeeded { get; init; }

    /// <summary>Indexes that were given up.</summary>
    public int Failed { get; init; }

    /// <summary>The completed indexes, such as <c>0-4,7</c>. What stands here never runs again.</summary>
    public string? CompletedIndexes { get; init; }

    /// <summary>The indexes that were given up, such as <c>5</c>.</summary>
    public string? FailedIndexes { get; init; }

    /// <summary>When it first could run, or last after a suspension: from here its deadline counts.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>When it was complete.</summary>
    public DateTimeOffset? CompletionTime { get; init; }

    /// <summary>With a schedule: the time that the last Job was made for.</summary>
    public DateTimeOffset? LastScheduleTime { get; init; }

    /// <summary>With a schedule: when a Job of it was last complete.</summary>
    public DateTimeOffset? LastSuccessfulTime { get; init; }

    /// <summary>With a schedule: its Jobs that have not ended.</summary>
    [ListSet]
    public IReadOnlyList<string> ActiveJobs { get; init; } = [];

    /// <summary>The label selector of the Job's pods, as text.</summary>
    public string? Selector { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>One entry for each cluster that has, had or may still have a part of it; sorted by cluster. <c>replicas</c> is its part of the parallelism.</summary>
    [ListMap("cluster")]
    public IReadOnlyList<ClusterShare> Clusters { get; init; } = [];

    /// <summary>Why the pods are where they are.</summary>
    public PlacementDecision? Placement { get; init; }

    /// <summary>Which bytes the images of the template stand for: pods that begin after the first one run what it ran.</summary>
    public ImagePins? Images { get; init; }
}

public static class JobConditions
{
    /// <summary>Every index is completed.</summary>
    public const string Complete = "Complete";

    /// <summary>No index is open any more and some were given up, or the deadline passed.</summary>
    public const string Failed = "Failed";

    /// <summary>It is held back by <c>spec.suspend</c>.</summary>
    public const string Suspended = "Suspended";
}
