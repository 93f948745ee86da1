using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Domain.DnsRecords;
using Federation.Domain.Scheduling;
using Federation.Domain.Works;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Microsoft.Extensions.Logging;

namespace Federation.Grains.Placements;

/// <summary>Owns one object whose pods are placed on clusters: folds in what clusters report, plans, executes.</summary>
internal abstract class PlacedGrain<TResource, TStatus>(
    IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    ClusterSnapshots clusters,
    PlacementExecutor executor,
    ILogger logger) : ObjectGrain(store, context, logger)
    where TResource : PlacedResource
    where TStatus : class
{
    /// <summary>Each refused reservation costs one more plan; more refusals than this mean that others place at the same time.</summary>
    private const int MostPlans = 16;

    /// <summary>Room that was only held, not taken, is given back without a sign; who waits for room looks again.</summary>
    private static readonly TimeSpan LookForRoomEvery = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, WorkStatus> _reports = [];
    private bool _isCaughtUp;

    protected override string? Finalizer => FinalizerNames.Works;

    protected TResource? Placed => (TResource?)Current;

    /// <summary>What a cluster says about the object; folded into the status by the next reconcile.</summary>
    public Task ObserveAsync(string cluster, WorkStatus status, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Placed?.Metadata.Uid != status.Uid)
            return Task.CompletedTask;
        _reports[cluster] = status;
        ReconcileSoon();
        return Task.CompletedTask;
    }

    protected override async Task ReconcileObjectAsync(CancellationToken cancellationToken)
    {
        if (Placed is not { } placed)
            return;
        await CatchUpAsync(placed, cancellationToken);
        // What is reported during this reconcile has its own.
        var reports = _reports.ToArray();
        var observed = Observe(placed, Time.GetUtcNow());
        var folded = (TResource)HostConditions.Fold(Fold(placed, reports, observed), observed.Hosts, observed.Now);
        var plan = await PlanAsync(folded, observed, cancellationToken);
        PlacedResource next = WithStatus(placed, plan.NextStatus);
        if (plan.Actions.OfType<PlacementAction.RemoveFinalizer>().Any())
            next = next with { Metadata = next.Metadata with { Finalizers = [.. next.Metadata.Finalizers.Where(name => name != Finalizer)] } };
        await SaveAsync(next, DueOf(plan, observed.Now));
        Forget(reports);
        if (HasReturned(placed.Shares, next.Shares))
        {
            _isCaughtUp = false;
            ReconcileSoon();
        }

        await executor.FinishAsync(placed, Revision, plan.Actions, cancellationToken);
        foreach (var note in NotesOf(placed, plan.NextStatus))
            Context.Events.Record(note);
    }

    protected PlacementObserved Observe(TResource placed, DateTimeOffset now) => clusters.Observe(placed, now);

    /// <summary>Plans until every reservation of the plan is granted, and does what comes before the status is written.</summary>
    private async Task<PlacementPlan<TStatus>> PlanAsync(TResource placed, PlacementObserved observed, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MostPlans; attempt++)
        {
            var started = Time.GetTimestamp();
            var plan = Plan(placed, observed);
            if (await executor.PrepareAsync(placed, Revision, plan.Actions, cancellationToken) is { } refusal)
                observed = observed.WithFree(refusal.Cluster, refusal.Free);
            else if (Time.GetElapsedTime(started) < PlacementExecutor.TrustHoldsFor)
                return plan;
        }

        throw new InvalidOperationException($"{Key} was planned {MostPlans} times and each time a cluster had less room than it had said.");
    }

    private DateTimeOffset? DueOf(PlacementPlan<TStatus> plan, DateTimeOffset now)
    {
        if (UnplacedIn(plan.NextStatus) == 0)
            return plan.DueAt;
        var look = Due > now && Due <= now + LookForRoomEvery ? Due : now + LookForRoomEvery;
        return plan.DueAt < look ? plan.DueAt : look;
    }

    /// <summary>The object with what the clusters say in its status: what they run, and which bytes they found its images to stand for.</summary>
    protected virtual TResource Fold(TResource placed, IReadOnlyList<KeyValuePair<string, WorkStatus>> reports, PlacementObserved observed)
    {
        var shares = placed.Shares;
        foreach (var (cluster, report) in reports)
        {
            if (observed.Clusters.FirstOrDefault(snapshot => snapshot.Name == cluster) is { } known)
                shares = ObservationMerger.Merge(shares, cluster, known.Region, report, observed.Now);
        }

        var folded = ReferenceEquals(shares, placed.Shares) ? placed : (TResource)placed.WithShares(shares);
        var pins = ImagePinPlanner.Next(folded.PinnedImages, folded.Template, reports.Select(report => report.Value));
        return ReferenceEquals(pins, folded.PinnedImages) ? folded : (TResource)folded.WithImages(pins);
    }

    protected abstract PlacementPlan<TStatus> Plan(TResource placed, PlacementObserved observed);

    protected abstract TResource WithStatus(TResource placed, TStatus status);

    /// <summary>Pods that found no cluster: somebody else's may leave one without a sign.</summary>
    protected abstract int UnplacedIn(TStatus status);

    /// <summary>What a plan decided, for people.</summary>
    protected abstract IEnumerable<EventNote> NotesOf(TResource before, TStatus next);

    private void Forget(KeyValuePair<string, WorkStatus>[] reports)
    {
        foreach (var (cluster, report) in reports)
        {
            if (_reports.TryGetValue(cluster, out var latest) && ReferenceEquals(latest, report))
                _reports.Remove(cluster);
        }
    }

    /// <summary>A cluster was given up and counts again. What it said of itself was forgotten with it, and as nothing changed for it, it does not say it again.</summary>
    private static bool HasReturned(IReadOnlyList<ClusterShare> before, IReadOnlyList<ClusterShare> after) =>
        before.Any(share => share.Phase == SharePhase.Away && after.Any(next => next.Cluster == share.Cluster && next.Phase == SharePhase.Active));

    /// <summary>A report that reached the last activation may not have reached the status: asked for again, once.</summary>
    private async Task CatchUpAsync(TResource placed, CancellationToken cancellationToken)
    {
        if (_isCaughtUp)
            return;
        foreach (var (cluster, status) in await executor.ReadWorksAsync(placed, cancellationToken))
            _reports.TryAdd(cluster, status);
        _isCaughtUp = true;
    }
}
