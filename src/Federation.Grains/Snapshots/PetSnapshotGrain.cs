using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Domain.Scheduling;
using Federation.Domain.Snapshots;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Federation.Grains.Placements;
using Federation.Storage;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Snapshots;

/// <summary>Owns one PetSnapshot. Each step of a copy is a write of its status; whose turn it is to hold still, the set says.</summary>
[GrainType("petsnapshot")]
internal sealed class PetSnapshotGrain(
    [PersistentState("object", ObjectGrainStorage.Name)] IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    ClusterSnapshots clusters,
    PlacementExecutor executor,
    IObjectStore objects,
    SnapshotBook book,
    ILogger<PetSnapshotGrain> logger) : PlacedGrain<PetSnapshot, PetSnapshotStatus>(store, context, clusters, executor, logger), IPetSnapshotGrain
{
    private PetSet? _set;

    protected override async Task ReconcileObjectAsync(CancellationToken cancellationToken)
    {
        // From the store: a cache that is behind knows an earlier life of the pet, or none.
        if (Placed is { IsDeleting: false } snapshot)
        {
            var key = new ObjectKey(PetSet.KindName, Key.Namespace, snapshot.Spec.PetSet);
            _set = await objects.GetAsync(key, cancellationToken) is { } stored ? (PetSet)Kinds.PetSet.ReadStored(stored.Json.Span, stored.Revision) : null;
        }

        await base.ReconcileObjectAsync(cancellationToken);
    }

    protected override PetSnapshot Fold(PetSnapshot placed, IReadOnlyList<KeyValuePair<string, WorkStatus>> reports, PlacementObserved observed) =>
        reports.Aggregate(base.Fold(placed, reports, observed), (snapshot, report) => SnapshotReports.Fold(snapshot, report.Key, report.Value, observed.Now));

    protected override PlacementPlan<PetSnapshotStatus> Plan(PetSnapshot placed, PlacementObserved observed) => SnapshotPlanner.Plan(
        placed,
        new SnapshotsObserved(observed) { Set = _set, Restoring = SnapshotKeeping.HasTooMany(placed) ? book.RestoringFrom(placed) : new HashSet<string>() });

    protected override PetSnapshot WithStatus(PetSnapshot placed, PetSnapshotStatus status) => placed with { Status = status };

    protected override int UnplacedIn(PetSnapshotStatus status) => 0;

    protected override IEnumerable<EventNote> NotesOf(PetSnapshot before, PetSnapshotStatus next) =>
        SnapshotNotes.Of(before, next).Select(note => EventNote.On(before, note.Reason, note.Message, note.IsWarning));
}
