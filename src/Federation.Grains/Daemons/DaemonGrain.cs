using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Daemons;
using Federation.Domain.Works;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Federation.Grains.Placements;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Daemons;

/// <summary>Owns one Daemon.</summary>
[GrainType("daemon")]
internal sealed class DaemonGrain(
    [PersistentState("object", ObjectGrainStorage.Name)] IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    ClusterSnapshots clusters,
    PlacementExecutor executor,
    ILogger<DaemonGrain> logger) : PlacedGrain<Daemon, DaemonStatus>(store, context, clusters, executor, logger), IDaemonGrain
{
    protected override Daemon Fold(Daemon placed, IReadOnlyList<KeyValuePair<string, WorkStatus>> reports, PlacementObserved observed)
    {
        var folded = base.Fold(placed, reports, observed);
        var shares = reports.Aggregate(folded.Shares, static (shares, report) => ObservationMerger.MergeMachines(shares, report.Key, report.Value));
        return ReferenceEquals(shares, folded.Shares) ? folded : (Daemon)folded.WithShares(shares);
    }

    protected override PlacementPlan<DaemonStatus> Plan(Daemon placed, PlacementObserved observed) => DaemonPlanner.Plan(placed, observed);

    protected override Daemon WithStatus(Daemon placed, DaemonStatus status) => placed with { Status = status };

    protected override int UnplacedIn(DaemonStatus status) => 0;

    protected override IEnumerable<EventNote> NotesOf(Daemon before, DaemonStatus next)
    {
        var was = before.Status.Clusters.ToDictionary(share => share.Cluster);
        foreach (var share in next.Clusters)
        {
            switch (was.GetValueOrDefault(share.Cluster)?.Phase, share.Phase)
            {
                case (not (SharePhase.Active or SharePhase.Leaving), SharePhase.Active):
                    yield return EventNote.On(before, EventReasons.Placed, $"{share.Cluster} runs a pod on each of its matching machines.");
                    break;
                case (not (null or SharePhase.Withdrawing), SharePhase.Withdrawing):
                    yield return EventNote.On(before, EventReasons.Withdrawn, $"{share.Cluster} was told to remove the daemon.");
                    break;
            }
        }
    }
}
