using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Grains.Objects;
using Federation.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Federation.Grains.Clusters;

/// <summary>The permission to run fenced pets, see ADR 9. A cluster without pets costs nothing here.</summary>
internal sealed partial class MemberClusterGrain
{
    /// <summary>A heartbeat is answered without a permission rather than late.</summary>
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(1);

    private readonly PetPermission _permission = new(context.Time, fence);
    private bool? _isOtherHistory;
    private string _store = "";
    private long? _absentSince;
    private IGrainTimer? _fenceTimer;

    public async Task<TimeSpan> FencedInAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync();
        if (Cluster is null)
            return await AbsentForAsync(cancellationToken);
        _absentSince = null;
        if (!await TryMarkAsync(cancellationToken) || !await HoldsMarkAsync(cancellationToken))
            return fence.Whole;
        if (_permission.Left is var left && left > TimeSpan.Zero)
            return left;
        _permission.End();
        return TimeSpan.Zero;
    }

    /// <summary>Whether pets run here; while nobody knows, whether anybody ever cared.</summary>
    private bool MayRunPets => _sequence.IsSynced ? _works.HasPets : Cluster?.Status.Conditions.Any(condition => condition.Type == ClusterConditions.Fenced) == true;

    private FenceSign FenceSign => _permission switch
    {
        _ when _sequence.IsSynced && !_works.HasPets && !_lease.IsExpired(LeaseDuration) => FenceSign.NoPets,
        { IsGiven: true } => FenceSign.Permitted,
        { IsMarked: true } when _permission.Left == TimeSpan.Zero && MayRunPets => FenceSign.Fenced,
        _ => FenceSign.NotKnown,
    };

    private async Task<ReportAnswer> PermitAsync(ReportAnswer answer, CancellationToken cancellationToken)
    {
        try
        {
            await RefreshAsync();
            if (!await TryMarkAsync(cancellationToken) || !_permission.MayGive || !await HoldsMarkAsync(cancellationToken))
                return answer;
            var from = _permission.From ?? await objects.ReadCurrentRevisionAsync(cancellationToken).WaitAsync(StorePatience, Time, cancellationToken);
            var isFirst = !_permission.IsGiven;
            _permission.Give(from);
            _fenceTimer?.Change(fence.Whole, Timeout.InfiniteTimeSpan);
            if (isFirst)
                ReconcileSoon();
            return answer with
            {
                LeaseSeconds = fence.LeaseToTell(LeaseDuration).TotalSeconds,
                FenceSeconds = fence.Permission.TotalSeconds,
                FenceFrom = from,
                FenceStore = _store,
            };
        }
        catch (Exception exception) when (exception is TimeoutException or InconsistentStateException || StoreFailure.Find(exception) is not null)
        {
            LogNotPermitted(logger, exception, Key.Name);
            return answer;
        }
    }

    /// <summary>Writes this activation's mark, once in its life.</summary>
    /// <returns>False: it was there and is not any more, so another activation owns the cluster now.</returns>
    private async Task<bool> TryMarkAsync(CancellationToken cancellationToken)
    {
        if (Cluster is not { } cluster)
            return false;
        var giver = cluster.Status.PermissionGiver;
        if (_permission.IsMarked)
            return giver?.Mark == _activation || StepDown();
        if (giver?.Mark != _activation)
        {
            _store = (await objects.ReadIdentityAsync(cancellationToken).WaitAsync(StorePatience, Time, cancellationToken)).ToString();
            _isOtherHistory ??= giver is not null && giver.Store != _store;
            await SaveAsync(cluster with { Status = cluster.Status with { PermissionGiver = new PermissionGiver { Mark = _activation, Store = _store } } }, Due);
        }

        _permission.Mark(_isOtherHistory == true);
        _fenceTimer?.Change(fence.Whole, Timeout.InfiniteTimeSpan);
        return true;
    }

    /// <summary>Reads the store: this activation's mark is there now, so nobody else has given or can give a permission that was asked for after the other's mark went.</summary>
    private async Task<bool> HoldsMarkAsync(CancellationToken cancellationToken)
    {
        var stored = await objects.GetAsync(Key, cancellationToken).WaitAsync(StorePatience, Time, cancellationToken);
        // The row as this activation wrote it needs no second look; another write of it by this activation may just not be known to have been made.
        return stored is not null && (stored.Revision == Revision || MarkIn(stored) == _activation) || StepDown();
    }

    private string? MarkIn(StoredObject stored) => ((Cluster)ApiJson.Read(Definition, stored.Json.Span)).Status.PermissionGiver?.Mark;

    private bool StepDown()
    {
        LogSteppedDown(logger, Key.Name);
        DeactivateOnIdle();
        return false;
    }

    /// <summary>A cluster that is not there gets no permission, and the last one that it had ends like any other.</summary>
    private async Task<TimeSpan> AbsentForAsync(CancellationToken cancellationToken)
    {
        if (await objects.GetAsync(Key, cancellationToken) is not null)
        {
            StepDown();
            return fence.Whole;
        }

        _absentSince ??= Time.GetTimestamp();
        var left = fence.Whole - Time.GetElapsedTime(_absentSince.Value);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    [LoggerMessage(EventId = 3202, Level = LogLevel.Warning, Message = "Cluster {Cluster} is not permitted to go on running pets this time: the store could not be asked who may say so")]
    private static partial void LogNotPermitted(ILogger logger, Exception exception, string cluster);

    [LoggerMessage(EventId = 3203, Level = LogLevel.Warning, Message = "Cluster {Cluster} is owned by another silo now; this one lets go of it")]
    private static partial void LogSteppedDown(ILogger logger, string cluster);
}
