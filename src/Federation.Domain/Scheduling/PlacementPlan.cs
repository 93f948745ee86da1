using System.Collections.Immutable;
using Federation.Api.Agents;

namespace Federation.Domain.Scheduling;

/// <summary>The steps from what a placed object is to what it should be.</summary>
/// <remarks>
/// Executed in this order, so that a crash between any two leaves something the next plan completes: the actions that come
/// <see cref="PlacementAction.ComesBeforeStatus"/>, the write of <see cref="NextStatus"/> if it changed, the other actions. A refused
/// reservation ends the execution: plan again with <see cref="PlacementObserved.WithFree"/>.
/// </remarks>
/// <param name="Actions">In the order of their execution.</param>
/// <param name="NextStatus">The same instance as the object's when nothing changed.</param>
/// <param name="DueAt">When the passing of time alone changes the plan; null: never.</param>
/// <param name="IsEmpty">Nothing to do and nothing to write now.</param>
/// <param name="IsConverged">Empty, and nothing is awaited either: every replica is placed and every cluster runs what it was given.</param>
public sealed record PlacementPlan<TStatus>(ImmutableArray<PlacementAction> Actions, TStatus NextStatus, DateTimeOffset? DueAt, bool IsEmpty, bool IsConverged)
    where TStatus : class;

/// <summary>One step. Each may be repeated without harm.</summary>
public abstract record PlacementAction
{
    private PlacementAction(bool comesBeforeStatus) => ComesBeforeStatus = comesBeforeStatus;

    public bool ComesBeforeStatus { get; }

    /// <summary>Holds capacity for this many replicas in all at the cluster; it may refuse.</summary>
    public sealed record Reserve(string Cluster, int Replicas, ResourceAmounts Pod) : PlacementAction(comesBeforeStatus: true);

    /// <summary>Leaves a tombstone with the cluster, which is not Ready: it is told once it is back.</summary>
    public sealed record Bury(string Cluster, Tombstone Tombstone) : PlacementAction(comesBeforeStatus: true);

    /// <summary>Gives capacity back down to this many replicas in all.</summary>
    public sealed record Release(string Cluster, int Replicas, ResourceAmounts Pod) : PlacementAction(comesBeforeStatus: false);

    /// <summary>No cluster can still run it: its finalizer goes, and with it the object.</summary>
    public sealed record RemoveFinalizer : PlacementAction
    {
        public RemoveFinalizer()
            : base(comesBeforeStatus: false)
        {
        }
    }
}
