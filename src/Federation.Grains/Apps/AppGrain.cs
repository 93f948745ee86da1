using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Domain.Scheduling;
using Federation.Domain.Works;
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
    /// <summary>With the bytes that its images stand for, too.</summary>
    protected override App Fold(App placed, IReadOnlyList<KeyValuePair<string, WorkStatus>> reports, PlacementObserved observed)
    {
        var folded = base.Fold(placed, reports, observed);
        var pins = ImagePinPlanner.Next(folded.Status.Images, placed.Template, reports.Select(report => report.Value));
        return ReferenceEquals(pins, folded.Status.Images) ? folded : folded with { Status = folded.Status with { Images = pins } };
    }

    protected override PlacementPlan<AppStatus> Plan(App placed, PlacementObserved observed) => AppPlanner.Plan(placed, observed);

    protected override App WithStatus(App placed, AppStatus status) => placed with { Status = status };

    protected override int UnplacedIn(AppStatus status) => status.Placement?.Unplaced ?? 0;

    protected override IEnumerable<EventNote> NotesOf(App before, AppStatus next) => AppNotes.Of(before, next);
}
