using Federation.Api.Agents;
using Federation.Api.Jobs;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Jobs;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Federation.Grains.Placements;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Jobs;

/// <summary>Owns one Job.</summary>
[GrainType("job")]
internal sealed class JobGrain(
    [PersistentState("object", ObjectGrainStorage.Name)] IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    ClusterSnapshots clusters,
    PlacementExecutor executor,
    ScheduleExecutor schedules,
    ILogger<JobGrain> logger) : PlacedGrain<Job, JobStatus>(store, context, clusters, executor, logger), IJobGrain
{
    protected override async Task ReconcileObjectAsync(CancellationToken cancellationToken)
    {
        // A Job that is being deleted goes the way of all placed objects, with a schedule too.
        if (Placed is { IsScheduled: true, IsDeleting: false } scheduled)
        {
            await ReconcileScheduleAsync(scheduled, cancellationToken);
            return;
        }

        await base.ReconcileObjectAsync(cancellationToken);
        if (Placed is { IsDeleting: false } job && JobPlanner.ExpiresAt(job) <= Time.GetUtcNow())
            await CarryOutAsync(Admit(new WriteCommand { Verb = WriteVerb.Delete, Uid = job.Metadata.Uid, Actor = nameof(JobGrain) }), dryRun: false);
    }

    protected override Job Fold(Job placed, IReadOnlyList<KeyValuePair<string, WorkStatus>> reports, PlacementObserved observed) =>
        reports.Aggregate(base.Fold(placed, reports, observed), static (job, report) => JobProgress.Note(job, report.Key, report.Value));

    protected override PlacementPlan<JobStatus> Plan(Job placed, PlacementObserved observed) => JobPlanner.Plan(placed, observed);

    protected override Job WithStatus(Job placed, JobStatus status) => placed with { Status = status };

    protected override int UnplacedIn(JobStatus status) => status.Placement?.Unplaced ?? 0;

    protected override IEnumerable<EventNote> NotesOf(Job before, JobStatus next) => JobNotes.Of(before, next);

    private async Task ReconcileScheduleAsync(Job job, CancellationToken cancellationToken)
    {
        var runs = await schedules.ReadRunsAsync(job, Revision, cancellationToken);
        var plan = SchedulePlanner.Plan(job, runs, Time.GetUtcNow());
        foreach (var note in await schedules.ExecuteAsync(job, plan, cancellationToken))
            Context.Events.Record(note);
        await SaveAsync(job with { Status = plan.NextStatus }, plan.DueAt);
    }
}
