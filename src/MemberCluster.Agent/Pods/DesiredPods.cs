using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Pets;

namespace MemberCluster.Agent.Pods;

/// <summary>What is wanted of the pods of one uid.</summary>
internal abstract record DesiredPods
{
    /// <summary>Run these replicas of this template.</summary>
    public sealed record Run(Work Work) : DesiredPods;

    /// <summary>A tombstone: nothing may be left.</summary>
    public sealed record Remove(string Why) : DesiredPods;

    /// <summary>No work is held for the uid: its pods are orphans, and go on as they are until a work or a tombstone says more.</summary>
    public sealed record Unheld : DesiredPods;
}

/// <param name="Now">The time to plan for.</param>
/// <param name="NameScope">Of the machine; part of pods' names.</param>
/// <param name="CreationsPausedUntil">The engine cannot make containers (disk full) and is asked again then.</param>
internal sealed record PlanContext(DateTimeOffset Now, string NameScope, DateTimeOffset? CreationsPausedUntil = null)
{
    /// <summary>Whether fenced pets may run.</summary>
    public Fence Fence { get; init; } = Fence.Closed;

    /// <summary>By ordinal, the highest epoch that ever began to run here.</summary>
    public IReadOnlyDictionary<int, long> Epochs { get; init; } = ImmutableDictionary<int, long>.Empty;
}
