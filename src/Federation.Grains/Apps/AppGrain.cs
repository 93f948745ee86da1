using Federation.Api.Apps;
using Federation.Domain.Scheduling;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Federation.Grains.Placements;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Apps;

/// <summary>Owns one App.</summary>
[GrainType("app")]
internal sealed class AppGrain(
    [PersistentState("object", ObjectGrainStorage.Name)] IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    ClusterSnapshots clusters,
    PlacementExecutor executor,
    ILogger<AppGrain> logger) : PlacedGrain<App, AppStatus>(store, context, clusters, executor, logger), IAppGrain
{
    protected override PlacementPlan<AppStatus> Plan(App placed, PlacementObserved observed) => AppPlanner.Plan(placed, observed);

    protected override App WithStatus(App placed, AppStatus status) => placed with { Status = status };

    protected override int UnplacedIn(AppStatus status) => status.Placement?.Unplaced ?? 0;

    protected override IEnumerable<EventNote> NotesOf(App before, AppStatus next) => AppNotes.Of(before, next);
}
