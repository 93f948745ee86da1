using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Domain.Scheduling;
using Federation.Domain.Works;
using Federation.Grains.Objects;
using Federation.Grains.Placements;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Apps;

/// <summary>Owns one App: folds in what clusters report, plans, executes.</summary>
[GrainType("app")]
internal sealed class AppGrain(
    [PersistentState("object", ObjectGrainStorage.Name)] IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    ClusterSnapshots clusters,
    AppExecutor executor,
    ILogger<AppGrain> logger) : ObjectGrain(store, context, logger), IAppGrain
{
    /// <summary>Each refused reservation costs one more plan; more refusals than this mean that others place at the same time.</summary>
    private const int MostPlans = 16;

    /// <summary>Room that was only held, not taken, is given back without a sign; who waits for room looks again.</summary>
    private static readonly TimeSpan LookForRoomEvery = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, WorkStatus> _reports = [];
    private bool _isCaughtUp;

    protected override string? Finalizer => FinalizerNames.Works;

    private App? App => (App?)Current;

    public Task ObserveAsync(string cluster, WorkStatus status, CancellationToken cancellationToken)
    {
        if (App?.Metadata.Uid != status.Uid)
            return Task.CompletedTask;
        _reports[cluster] = status;
        ReconcileSoon();
        return Task.CompletedTask;
    }

    protected override async Task ReconcileObjectAsync(CancellationToken cancellationToken)
    {
        if (App is not { } app)
            return;
        await CatchUpAsync(app, cancellationToken);
        // What is reported during this reconcile has its own.
        var reports = _reports.ToArray();
        var observed = clusters.Observe(app, Time.GetUtcNow());
        var folded = Fold(app, reports, observed);
        var plan = await PlanAsync(folded, observed, cancellationToken);
        var next = app with { Status = plan.NextStatus };
        if (plan.Actions.OfType<AppAction.RemoveFinalizer>().Any())
            next = next with { Metadata = next.Metadata with { Finalizers = [.. next.Metadata.Finalizers.Where(name => name != Finalizer)] } };
        await SaveAsync(next, DueOf(plan, observed.Now));
        Forget(reports);
        await executor.FinishAsync(app, Revision, plan, cancellationToken);
        foreach (var note in AppNotes.Of(app, plan.NextStatus))
            Context.Events.Record(note);
    }

    /// <summary>Plans until every reservation of the plan is granted, and does what comes before the status is written.</summary>
    private async Task<AppPlan> PlanAsync(App app, AppObserved observed, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MostPlans; attempt++)
        {
            var started = Time.GetTimestamp();
            var plan = AppPlanner.Plan(app, observed);
            if (await executor.PrepareAsync(app, Revision, plan, cancellationToken) is { } refusal)
                observed = observed.WithFree(refusal.Cluster, refusal.Free);
            else if (Time.GetElapsedTime(started) < AppExecutor.TrustHoldsFor)
                return plan;
        }

        throw new InvalidOperationException($"{Key} was planned {MostPlans} times and each time a cluster had less room than it had said.");
    }

    private DateTimeOffset? DueOf(AppPlan plan, DateTimeOffset now)
    {
        if (plan.NextStatus.Placement is not { Unplaced: > 0 })
            return plan.DueAt;
        var look = Due > now && Due <= now + LookForRoomEvery ? Due : now + LookForRoomEvery;
        return plan.DueAt < look ? plan.DueAt : look;
    }

    private static App Fold(App app, KeyValuePair<string, WorkStatus>[] reports, AppObserved observed)
    {
        var status = app.Status;
        foreach (var (cluster, report) in reports)
        {
            if (observed.Clusters.FirstOrDefault(snapshot => snapshot.Name == cluster) is { } known)
                status = ObservationMerger.Merge(status, cluster, known.Region, report, observed.Now);
        }

        return ReferenceEquals(status, app.Status) ? app : app with { Status = status };
    }

    private void Forget(KeyValuePair<string, WorkStatus>[] reports)
    {
        foreach (var (cluster, report) in reports)
        {
            if (_reports.TryGetValue(cluster, out var latest) && ReferenceEquals(latest, report))
                _reports.Remove(cluster);
        }
    }

    /// <summary>A report that reached the last activation may not have reached the status: asked for again, once.</summary>
    private async Task CatchUpAsync(App app, CancellationToken cancellationToken)
    {
        if (_isCaughtUp)
            return;
        foreach (var (cluster, status) in await executor.ReadWorksAsync(app, cancellationToken))
            _reports.TryAdd(cluster, status);
        _isCaughtUp = true;
    }
}
