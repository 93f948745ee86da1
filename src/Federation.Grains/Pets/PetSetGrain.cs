using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.Pets;
using Federation.Domain.Scheduling;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Federation.Grains.Placements;
using Federation.Grains.Snapshots;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Pets;

/// <summary>Owns one PetSet. Each step of a takeover is a write of its status; what comes between the steps is asked again after a crash.</summary>
[GrainType("petset")]
internal sealed partial class PetSetGrain(
    [PersistentState("object", ObjectGrainStorage.Name)] IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    ClusterSnapshots clusters,
    PlacementExecutor executor,
    FenceReader fences,
    SnapshotBook snapshots,
    ILogger<PetSetGrain> logger) : PlacedGrain<PetSet, PetSetStatus>(store, context, clusters, executor, logger), IPetSetGrain
{
    /// <summary>By cluster, the revision of the set that was stored when the cluster said that it is fenced. Only in memory: a cluster is asked again.</summary>
    private readonly Dictionary<string, long> _fenced = [];
    private PetsPlan? _plan;
    private IGrainTimer? _askTimer;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _askTimer = this.RegisterGrainTimer(
            ReconcileAsync, new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
    }

    public Task<WriteResult> SayAsync(PetWord word, bool dryRun, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        if (Placed is not { } set)
            return WriteResult.Refused(Statuses.NotFound(Definition, Key.Name));
        var pet = set.Status.Pets.FirstOrDefault(pet => pet.Ordinal == word.Ordinal);
        if (word.Epoch == 0 && pet is not null)
            word = word with { Epoch = pet.Epoch };
        var now = Time.GetUtcNow();
        var cannotMove = word is { Kind: PetWordKind.Move, To: { } to } && pet?.IsBound() == true ? PetMoveAdmission.WhyNot(set, pet.Ordinal, to, word.Back == true, Observe(set, now)) : null;
        word = word with { At = now };
        var (words, refusal) = PetWordAdmission.Judge(set, word, IsReady(pet?.Cluster), cannotMove);
        if (refusal is not null)
            return WriteResult.Refused(refusal);
        if (dryRun || ReferenceEquals(words, set.Status.Words))
            return new WriteResult { Object = set };
        await SaveAsync(set with { Status = set.Status with { Words = words! } }, now + RecoverAfter);
        var said = PetWordAdmission.Describe(set, word);
        LogSaid(logger, Key, word.Kind, said);
        Context.Events.Record(EventNote.On(set, ReasonOf(word), said, isWarning: word.Kind == PetWordKind.Fence));
        ReconcileSoon();
        return new WriteResult { Object = Current, Revision = Revision };
    });

    protected override async Task ReconcileObjectAsync(CancellationToken cancellationToken)
    {
        _plan = null;
        await base.ReconcileObjectAsync(cancellationToken);
        if (_plan is { AskFence.IsEmpty: false } plan && Placed is not null)
            await AskAsync(plan, cancellationToken);
    }

    /// <summary>After the write: an answer counts for what was decided before the question.</summary>
    private async Task AskAsync(PetsPlan plan, CancellationToken cancellationToken)
    {
        var asked = Revision;
        var isNews = false;
        var wait = TimeSpan.MaxValue;
        foreach (var (cluster, left) in await fences.ReadAsync(plan.AskFence, cancellationToken))
        {
            if (left > TimeSpan.Zero)
            {
                wait = left < wait ? left : wait;
                continue;
            }

            isNews |= _fenced.GetValueOrDefault(cluster) < asked;
            _fenced[cluster] = asked;
        }

        if (wait < TimeSpan.MaxValue)
            _askTimer?.Change(wait, Timeout.InfiniteTimeSpan);
        if (isNews)
            ReconcileSoon();
    }

    protected override PetSet Fold(PetSet placed, IReadOnlyList<KeyValuePair<string, WorkStatus>> reports, PlacementObserved observed) =>
        reports.Aggregate(base.Fold(placed, reports, observed), (set, report) => PetReports.Fold(set, report.Key, report.Value, observed.Now));

    protected override PlacementPlan<PetSetStatus> Plan(PetSet placed, PlacementObserved observed)
    {
        _plan = PetPlanner.Plan(placed, new PetsObserved(observed, _fenced) { Store = Context.Cache.Identity.ToString(), Snapshots = snapshots.In(Key.Namespace) });
        if (_plan.AskFence.IsEmpty)
            return _plan.Steps;
        // Should this process die while it waits for a fence, another one goes on.
        var recover = Due > observed.Now && Due <= observed.Now + RecoverAfter ? Due : observed.Now + RecoverAfter;
        return _plan.Steps.DueAt < recover ? _plan.Steps : _plan.Steps with { DueAt = recover };
    }

    protected override PetSet WithStatus(PetSet placed, PetSetStatus status) => placed with { Status = status };

    protected override int UnplacedIn(PetSetStatus status) => status.Placement?.Unplaced ?? 0;

    protected override IEnumerable<EventNote> NotesOf(PetSet before, PetSetStatus next) =>
        _plan is { } plan ? plan.Notes.Select(note => EventNote.On(before, note.Reason, note.Message, note.IsWarning)) : [];

    private static string ReasonOf(PetWord word) => word switch
    {
        { Kind: PetWordKind.Fence } => EventReasons.SaidDead,
        { Kind: PetWordKind.Release } => EventReasons.AskedToLeave,
        { To: null } => EventReasons.AskedToStay,
        _ => EventReasons.AskedToMove,
    };

    private bool IsReady(string? cluster) => cluster is not null
        && Context.Cache.Current(ObjectKey.ClusterScoped(Cluster.KindName, cluster)) is { } cached
        && ((Cluster)ApiJson.Read(Kinds.Cluster, cached.Json.Span)).Status.Conditions.IsTrue(ClusterConditions.Ready);

    [LoggerMessage(EventId = 3602, Level = LogLevel.Warning, Message = "{Key}: {Kind}: {Said}")]
    private static partial void LogSaid(ILogger logger, ObjectKey key, PetWordKind kind, string said);
}
