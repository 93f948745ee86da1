using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Domain.Scheduling;
using Federation.Grains.Events;
using Federation.Grains.Objects;
using Federation.Grains.Placements;
using Federation.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Utilities;

namespace Federation.Grains.Clusters;

/// <summary>Owns one Cluster: its lease, its reports, its pods, and the capacity that apps take on it.</summary>
[GrainType("membercluster")]
internal sealed partial class MemberClusterGrain(
    [PersistentState("object", ObjectGrainStorage.Name)] IPersistentState<ObjectRecord> store,
    ObjectGrainContext context,
    PlacementIndex placements,
    ReportRouter router,
    ClusterCredentials credentials,
    IObjectStore objects,
    FenceOptions fence,
    ILogger<MemberClusterGrain> logger) : ObjectGrain(store, context, logger), IMemberClusterGrain
{
    /// <summary>They stand in the Cluster's status and in each bookmark of its works.</summary>
    private const int MostEvictions = 500;

    private static readonly TimeSpan SubscriptionFor = TimeSpan.FromMinutes(1);

    private readonly ReportSequence _sequence = new();
    private readonly ReportedWorks _works = new();
    private readonly ObserverManager<IClusterObserver> _observers = new(SubscriptionFor, logger);
    private readonly HashSet<string> _gone = [];
    private Lease _lease = new(context.Time);
    private ReportedPods _pods = null!;
    private ReportedUsage _usage = null!;
    private ReservationBook _reservations = null!;
    private StrangerWatch _strangers = null!;
    private IGrainTimer? _leaseTimer;
    private ClusterInventory? _inventory;
    private IReadOnlyList<RegionLatency>? _latencies;
    private bool _isLeaving;
    private string _activation = "";

    protected override string? Finalizer => ClusterCredentials.Finalizer;

    private Cluster? Cluster => (Cluster?)Current;

    private TimeSpan LeaseDuration => Cluster?.Spec.LeaseDuration ?? TimeSpan.FromSeconds(5);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _observers.GetDateTime = () => Time.GetUtcNow().UtcDateTime;
        _activation = Context.Ids.NewUid();
        _pods = new ReportedPods(Key.Name, _activation);
        _usage = new ReportedUsage(_pods.Has);
        _reservations = new ReservationBook(Key.Name, placements);
        _strangers = new StrangerWatch(router.HasOwner);
        _leaseTimer = this.RegisterGrainTimer(
            ReconcileAsync, new GrainTimerCreationOptions { DueTime = LeaseDuration, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
        _fenceTimer = this.RegisterGrainTimer(
            ReconcileAsync, new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
    }

    public Task<WriteResult> JoinAsync(JoinRequest request, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var admission = Cluster is { } current
            ? Admit(ClusterJoin.Update(current, request))
            : Admit(ClusterJoin.Create(request));
        var result = await CarryOutAsync(admission, dryRun: false);
        if (result.Failure is null)
            Context.Events.Record(EventNote.On(result.Object!, EventReasons.Joined, $"The agent of region {request.Region} registered the cluster."));
        return result;
    });

    public async Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken)
    {
        if (Cluster is not { IsDeleting: false })
            return new ReportAnswer();
        Renew();
        var verdict = _sequence.Take(report);
        if (verdict == ReportVerdict.Accept)
            await TakeAsync(report, cancellationToken);
        var answer = new ReportAnswer
        {
            Acknowledged = _sequence.AcknowledgedOf(report.Session),
            Resync = verdict == ReportVerdict.Resync,
            LeaseSeconds = LeaseDuration.TotalSeconds,
        };
        return MayRunPets ? await PermitAsync(answer, cancellationToken) : answer;
    }

    public Task<ReserveResult> ReserveAsync(ReserveRequest request, CancellationToken cancellationToken) => Task.FromResult(Cluster is { IsDeleting: false } cluster
        ? _reservations.Reserve(request, ResourceAmounts.OfCapacity(cluster.Status.Capacity), Time.GetUtcNow())
        : new ReserveResult { Granted = 0 });

    public async Task<bool> BuryAsync(PendingTombstone tombstone, CancellationToken cancellationToken)
    {
        await RefreshAsync();
        if (Cluster is not { } cluster)
            return false;
        if (cluster.Status.Tombstones.Any(known => known.Uid == tombstone.Uid))
            return true;
        var status = cluster.Status with { Tombstones = [.. cluster.Status.Tombstones, tombstone] };
        await SaveAsync(cluster with { Status = status }, due: null);
        ReconcileSoon();
        return true;
    }

    public Task<WriteResult> EvictAsync(PodEviction eviction, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        if (Cluster is not { IsDeleting: false } cluster)
            return WriteResult.Refused(Statuses.NotFound(Kinds.Cluster, Key.Name));
        var pending = cluster.Status.Evictions.FirstOrDefault(known => known.Uid == eviction.Uid);
        if (pending is not null && pending.GracePeriodSeconds <= eviction.GracePeriodSeconds)
            return new WriteResult { Revision = Revision };
        if (pending is null && cluster.Status.Evictions.Count >= MostEvictions)
            return WriteResult.Refused(Statuses.TooManyRequests(retryAfterSeconds: 5, $"{MostEvictions} pods of cluster {Key.Name} are to stop already; try again when some are gone"));
        IEnumerable<PodEviction> others = cluster.Status.Evictions.Where(known => known.Uid != eviction.Uid);
        var status = cluster.Status with { Evictions = [.. others, eviction with { RequestedAt = pending?.RequestedAt ?? Time.GetUtcNow() }] };
        await SaveAsync(cluster with { Status = status }, due: null);
        // It may be gone already; then nobody would report it as removed.
        ReconcileSoon();
        return new WriteResult { Revision = Revision };
    });

    public Task<WorkStatus?> ReadWorkAsync(string uid, CancellationToken cancellationToken) => Task.FromResult(_works.All.GetValueOrDefault(uid));

    public Task<ClusterUsage> ReadUsageAsync(CancellationToken cancellationToken) => Task.FromResult(_usage.Read());

    public Task<PodDelta> SubscribeAsync(IClusterObserver observer, CancellationToken cancellationToken)
    {
        _observers.Subscribe(observer, observer);
        return Task.FromResult(_pods.Snapshot());
    }

    public Task UnsubscribeAsync(IClusterObserver observer)
    {
        _observers.Unsubscribe(observer);
        return Task.CompletedTask;
    }
}
