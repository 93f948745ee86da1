using Federation.Api.Apps;
using Federation.Api.Selectors;

namespace Federation.Api.Jobs;

/// <summary>What is to run to its end, how often, and where. <c>template</c> and <c>completions</c> of a Job without a schedule cannot be changed.</summary>
public sealed record JobSpec
{
    /// <summary>How many pods must end well. Each has an index, from 0, in <c>JOB_COMPLETION_INDEX</c>. Defaulted to 1.</summary>
    public int? Completions { get; init; }

    /// <summary>How many of them run at the same time, over all clusters. Defaulted to 1.</summary>
    public int? Parallelism { get; init; }

    /// <summary>How often one index is tried again after a failure before it is given up. Defaulted to 6.</summary>
    public int? BackoffLimit { get; init; }

    /// <summary>Seconds from the start of the Job after which it fails and what still runs is stopped; absent: never.</summary>
    public int? ActiveDeadlineSeconds { get; init; }

    /// <summary>Seconds after its end when the Job is deleted; absent: it stays.</summary>
    public int? TtlSecondsAfterFinished { get; init; }

    /// <summary>True: nothing runs; what ran is stopped, and what was completed stays so. With a schedule: no new Jobs are made. Defaulted to false.</summary>
    public bool? Suspend { get; init; }

    /// <summary>What one pod is made of. Its <c>spec.restartPolicy</c> must be <c>OnFailure</c> (a failed container is started again in its pod) or <c>Never</c> (a failed pod stays for its logs, and a new one is made).</summary>
    public PodTemplate Template { get; init; } = new();

    /// <summary>Where the pods may run.</summary>
    public JobPlacement Placement { get; init; } = new();

    /// <summary>Makes a Job at each of these times instead of running pods: five fields (minute, hour, day of month, month, day of week) such as <c>30 2 * * mon-fri</c>, or <c>@hourly</c>, <c>@daily</c>, <c>@weekly</c>, <c>@monthly</c>, <c>@yearly</c>.</summary>
    public string? Schedule { get; init; }

    /// <summary>The schedule's time zone, such as <c>Europe/Berlin</c>. Defaulted to <c>Etc/UTC</c>.</summary>
    public string? TimeZone { get; init; }

    /// <summary>What happens when a run is due while the last one still goes on. Defaulted to Allow.</summary>
    public ConcurrencyPolicy? ConcurrencyPolicy { get; init; }

    /// <summary>A run that could not begin within so many seconds of its time is left out; absent: however late it is, the latest one is made up for.</summary>
    public int? StartingDeadlineSeconds { get; init; }

    /// <summary>How many of the schedule's completed Jobs are kept. Defaulted to 3.</summary>
    public int? SuccessfulJobsHistoryLimit { get; init; }

    /// <summary>How many of the schedule's failed Jobs are kept. Defaulted to 1.</summary>
    public int? FailedJobsHistoryLimit { get; init; }
}

/// <summary>Which clusters may run the Job's pods. They divide by free capacity.</summary>
public sealed record JobPlacement
{
    /// <summary>Only clusters whose labels match; absent: every cluster.</summary>
    public LabelSelector? Clusters { get; init; }

    /// <summary>Only clusters of these regions; empty: every region.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>When the open indexes of a lost cluster move.</summary>
    public FailoverSpec? Failover { get; init; }
}

public enum ConcurrencyPolicy
{
    /// <summary>Runs may overlap.</summary>
    Allow,

    /// <summary>The new run is left out.</summary>
    Forbid,

    /// <summary>The old run is deleted.</summary>
    Replace,
}
