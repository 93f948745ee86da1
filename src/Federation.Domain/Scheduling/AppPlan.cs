using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;

namespace Federation.Domain.Scheduling;

/// <summary>The steps from what an app is to what it should be.</summary>
/// <remarks>
/// Executed in this order, so that a crash between any two leaves something the next plan completes: the actions that come
/// <see cref="AppAction.ComesBeforeStatus"/>, the write of <see cref="NextStatus"/> if it changed, the other actions. A refused
/// reservation ends the execution: plan again with <see cref="AppObserved.WithFree"/>.
/// </remarks>
/// <param name="Actions">In the order of their execution.</param>
/// <param name="NextStatus">The same instance as the app's when nothing changed.</param>
/// <param name="DueAt">When the passing of time alone changes the plan; null: never.</param>
/// <param name="IsEmpty">Nothing to do and nothing to write now.</param>
/// <param name="IsConverged">Empty, and nothing is awaited either: every replica is placed and every cluster runs what it was given.</param>
public sealed record AppPlan(ImmutableArray<AppAction> Actions, AppStatus NextStatus, DateTimeOffset? DueAt, bool IsEmpty, bool IsConverged);

/// <summary>One step. Each may be repeated without harm.</summary>
public abstract record AppAction
{
    private AppAction(bool comesBeforeStatus) => ComesBeforeStatus = comesBeforeStatus;

    public bool ComesBeforeStatus { get; }

    /// <summary>Holds capacity for this many replicas in all at the cluster; it may refuse.</summary>
    public sealed record Reserve(string Cluster, int Replicas, ResourceAmounts Pod) : AppAction(comesBeforeStatus: true);

    /// <summary>Leaves a tombstone with the cluster, which is not Ready: it is told once it is back.</summary>
    public sealed record Bury(string Cluster, Tombstone Tombstone) : AppAction(comesBeforeStatus: true);

    /// <summary>Gives capacity back down to this many replicas in all.</summary>
    public sealed record Release(string Cluster, int Replicas, ResourceAmounts Pod) : AppAction(comesBeforeStatus: false);

    /// <summary>No cluster can still run the app: its finalizer goes, and with it the app.</summary>
    public sealed record RemoveFinalizer : AppAction
    {
        public RemoveFinalizer()
            : base(comesBeforeStatus: false)
        {
        }
    }
}
