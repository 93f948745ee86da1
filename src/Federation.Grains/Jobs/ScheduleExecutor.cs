using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Jobs;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Domain.Scheduling.Jobs;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Federation.Grains.Owners;
using Federation.Storage;

namespace Federation.Grains.Jobs;

/// <summary>Reads the Jobs of a schedule and carries out its plan; decides nothing.</summary>
internal sealed class ScheduleExecutor(IGrainFactory grains, IObjectStore store, OwnerIndex owners)
{
    /// <summary>Every Job that the schedule made and that still exists.</summary>
    /// <param name="revision">Of the schedule: what it had made when that was written is seen.</param>
    public async Task<ImmutableArray<Job>> ReadRunsAsync(Job job, long revision, CancellationToken cancellationToken)
    {
        await owners.WaitForAsync(revision, cancellationToken);
        var keys = owners.DependentsOf(job.Metadata.Uid!).Select(dependent => dependent.Key).Where(key => key.Kind == Job.KindName)
            .Concat(job.Status.ActiveJobs.Select(name => KeyOf(job, name))).Distinct();
        var runs = ImmutableArray.CreateBuilder<Job>();
        foreach (var key in keys)
        {
            if (await store.GetAsync(key, cancellationToken) is { } stored && ApiJson.Read(Kinds.Job, stored.Json.Span) is Job run
                && run.Metadata.OwnerReferences.Any(owner => owner.Uid == job.Metadata.Uid))
                runs.Add(run);
        }

        return runs.ToImmutable();
    }

    /// <returns>What was done, for people.</returns>
    /// <exception cref="InvalidOperationException">A step was refused; the next plan has it again.</exception>
    public async Task<IReadOnlyList<EventNote>> ExecuteAsync(Job job, SchedulePlan plan, CancellationToken cancellationToken)
    {
        var notes = new List<EventNote>();
        foreach (var action in plan.Actions)
        {
            var (key, command, note) = action switch
            {
                ScheduleAction.Create create => (
                    create.Run.Key,
                    new WriteCommand { Verb = WriteVerb.Create, Body = ApiJson.Write(create.Run), Actor = nameof(ScheduleExecutor) },
                    EventNote.On(job, EventReasons.JobCreated, $"Created job {create.Run.Metadata.Name}.")),
                ScheduleAction.Delete delete => (
                    KeyOf(job, delete.Name),
                    new WriteCommand { Verb = WriteVerb.Delete, Uid = delete.Uid, Actor = nameof(ScheduleExecutor) },
                    EventNote.On(job, EventReasons.JobDeleted, delete.Why == "Replaced" ? $"Deleted job {delete.Name}: the next run replaces it." : $"Deleted job {delete.Name}: more ended ones are kept than the limit.")),
                _ => throw new InvalidOperationException($"No step for {action.GetType().Name}."),
            };
            var result = await grains.GetObjectGrain(key).WriteAsync(command, cancellationToken);
            if (result.Failure is null)
                notes.Add(note);
            else if (!IsDone(action, result.Failure))
                throw new InvalidOperationException($"{key}: {result.Failure.Message}");
        }

        return notes;
    }

    /// <summary>It was made, or deleted, before a crash; or somebody else did it.</summary>
    private static bool IsDone(ScheduleAction action, Status failure) => action is ScheduleAction.Create
        ? failure.Reason == StatusReasons.AlreadyExists
        : failure.Reason is StatusReasons.NotFound or StatusReasons.Conflict;

    private static ObjectKey KeyOf(Job job, string name) => new(Job.KindName, job.Metadata.Namespace ?? "", name);
}
