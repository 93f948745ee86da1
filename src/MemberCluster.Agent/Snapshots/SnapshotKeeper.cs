using System.Collections.Immutable;
using System.Threading.Channels;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Snapshots;

/// <summary>Does what works say of items of PetSnapshots, and says how they stand. One task for each part of an item at a time.</summary>
/// <param name="taker">Takes items.</param>
/// <param name="storer">Stores them.</param>
/// <param name="held">What is held of a uid now.</param>
/// <param name="publish">Told how a work stands; null: nobody asks any more.</param>
/// <param name="time">For pauses.</param>
/// <param name="logger">Where to tell.</param>
internal sealed partial class SnapshotKeeper(
    SnapshotTaker taker, SnapshotStorer storer, Func<string, HeldWork?> held, Action<string, WorkStatus?> publish, TimeProvider time, ILogger<SnapshotKeeper> logger) : IDisposable
{
    /// <summary>More at once only share the disk, while a pet holds still for it; and the link.</summary>
    private const int TakenAtOnce = 1;
    private const int StoredAtOnce = 2;

    /// <summary>Progress is told so often at most.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<string> _looks = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<PartKey, PartTask> _tasks = [];
    private readonly List<Task> _ending = [];
    private readonly SemaphoreSlim _taking = new(TakenAtOnce);
    private readonly SemaphoreSlim _storing = new(StoredAtOnce);
    private readonly Lock _lock = new();
    private readonly Dictionary<PartKey, WorkSnapshotStatus> _statuses = [];
    private readonly HashSet<string> _removed = [];

    /// <summary>Looks at these works again.</summary>
    public void OnWorksChanged(IEnumerable<string> uids)
    {
        foreach (var uid in uids.Where(uid => uid.Length > 0))
            _looks.Writer.TryWrite(uid);
    }

    public void Dispose()
    {
        _taking.Dispose();
        _storing.Dispose();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Nothing is frozen before what is frozen goes on.
        var recovering = RecoverAsync(cancellationToken);
        try
        {
            await foreach (var uid in _looks.Reader.ReadAllAsync(cancellationToken))
                Look(uid, recovering, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(_tasks.Values.Select(task => task.Done).Concat(_ending).Append(recovering)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                await taker.RecoverAsync(cancellationToken);
                return;
            }
            catch (RuntimeException exception)
            {
                if (failures == 0)
                    LogNotRecovered(exception.Message);
            }

            await Task.Delay(SnapshotPatience.Soon, time, cancellationToken);
        }
    }

    private void Look(string uid, Task recovering, CancellationToken cancellationToken)
    {
        var word = held(uid);
        _ending.RemoveAll(task => task.IsCompleted);
        var orders = SnapshotOrder.Of(word).ToDictionary(order => order.Part);
        if (word?.Tombstone is { } tombstone && WorkExtensions.IsOfSnapshots(word))
            orders[new PartKey(uid, "", default)] = new SnapshotOrder.Discard(new PartKey(uid, "", default), tombstone.Namespace, tombstone.Name);
        foreach (var (part, task) in _tasks.Where(entry => entry.Key.Uid == uid).ToList())
        {
            if (orders.TryGetValue(part, out var order) && order.IsSameAs(task.Order))
            {
                orders.Remove(part);
                continue;
            }

            task.Stop.Cancel();
            _ending.Add(task.Done);
            _tasks.Remove(part);
            lock (_lock)
                _statuses.Remove(part);
        }

        foreach (var order in orders.Values)
        {
            // What is to go waits for whatever was done with it.
            ImmutableArray<Task> before = [recovering, .. _ending];
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _tasks[order.Part] = new PartTask(order, stop, RunAsync(order, before, cancellationToken, stop.Token));
        }

        Publish(uid);
    }

    private async Task RunAsync(SnapshotOrder order, ImmutableArray<Task> before, CancellationToken lifetime, CancellationToken cancellationToken)
    {
        await Task.WhenAll(before).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var begun = time.GetTimestamp();
        try
        {
            while (true)
            {
                var status = await AttemptAsync(order, begun, lifetime, cancellationToken);
                if (status is { Phase: WorkSnapshotPhase.Failed } && order is SnapshotOrder.Take)
                    await MakeRoomAsync(order, cancellationToken);
                Tell(order.Part, status);
                if (status is null or { Phase: WorkSnapshotPhase.Done or WorkSnapshotPhase.Failed })
                    return;
                LogWaits(order.Namespace, order.Name, order.Part.Id, order.Part.Part, status.Reason ?? "", status.Message ?? "");
                await Task.Delay(SnapshotPatience.After(status), time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Something else is wanted by now, or the agent ends.
        }
    }

    /// <returns>Null: it is gone.</returns>
    private async Task<WorkSnapshotStatus?> AttemptAsync(SnapshotOrder order, long begun, CancellationToken lifetime, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (told, bytes) = (time.GetTimestamp(), 0L);
        try
        {
            switch (order)
            {
                case SnapshotOrder.Take take:
                    var taken = await InSlotAsync(_taking, () => taker.TakeAsync(take, Progress, lifetime, cancellationToken), cancellationToken);
                    return SnapshotPatience.IsOver(taken, time.GetElapsedTime(begun)) ? taken with { Phase = WorkSnapshotPhase.Failed } : taken;
                case SnapshotOrder.Hold hold:
                    return await InSlotAsync(_storing, () => storer.StoreAsync(hold, Progress, cancellationToken), cancellationToken);
                default:
                    await DiscardAsync(order, cancellationToken);
                    return null;
            }
        }
        catch (Exception exception) when (exception is RuntimeException or IOException or InvalidDataException or UnauthorizedAccessException or ControlPlaneException)
        {
            return SnapshotPatience.Of(order, exception) with { Bytes = bytes };
        }

        void Progress(long sofar)
        {
            bytes = sofar;
            if (time.GetElapsedTime(told) < TellEvery)
                return;
            told = time.GetTimestamp();
            Tell(order.Part, new WorkSnapshotStatus { Id = order.Part.Id, Part = order.Part.Part, Phase = WorkSnapshotPhase.Working, Bytes = sofar });
        }
    }

    private static async Task<T> InSlotAsync<T>(SemaphoreSlim slots, Func<Task<T>> action, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        try
        {
            return await action();
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task DiscardAsync(SnapshotOrder order, CancellationToken cancellationToken)
    {
        var (uid, id) = (order.Part.Uid, order.Part.Id is "" ? null : order.Part.Id);
        if (id is null || order.Part.Part == WorkSnapshotPart.Taken)
            await taker.DiscardAsync(uid, id, cancellationToken);
        if (id is null || order.Part.Part == WorkSnapshotPart.Stored)
            storer.Discard(uid, id);
        LogDiscarded(order.Namespace, order.Name, id ?? "all", order.Part.Part);
        if (id is null)
        {
            lock (_lock)
                _removed.Add(uid);
        }
    }

    /// <summary>Half a copy is of no use to anybody.</summary>
    private async Task MakeRoomAsync(SnapshotOrder order, CancellationToken cancellationToken)
    {
        try
        {
            await taker.DiscardAsync(order.Part.Uid, order.Part.Id, cancellationToken);
        }
        catch (Exception exception) when (exception is RuntimeException or IOException)
        {
            // It goes when the item is discarded.
            LogWaits(order.Namespace, order.Name, order.Part.Id, order.Part.Part, Reasons.NoSpace, exception.Message);
        }
    }

    private void Tell(PartKey part, WorkSnapshotStatus? status)
    {
        lock (_lock)
        {
            if (status is not null)
                _statuses[part] = status;
            else
                _statuses[part] = Gone;
        }

        Publish(part.Uid);
    }

    private void Publish(string uid)
    {
        lock (_lock)
        {
            var word = held(uid);
            if (!WorkExtensions.IsOfSnapshots(word))
            {
                if (_removed.Remove(uid))
                    publish(uid, null);
                return;
            }

            publish(uid, new WorkStatus
            {
                Uid = uid,
                Kind = word!.Work?.Kind ?? word.Tombstone!.Kind,
                Namespace = word.Work?.Namespace ?? word.Tombstone!.Namespace,
                Name = word.Work?.Name ?? word.Tombstone!.Name,
                Revision = word.Revision,
                Snapshots = [.. SnapshotOrder.Of(word).Select(StatusOf_NeedsLock).OfType<WorkSnapshotStatus>()],
                Gone = word.Tombstone is not null && _removed.Contains(uid),
                Orphan = word.IsOrphan,
            });
        }
    }

    private WorkSnapshotStatus? StatusOf_NeedsLock(SnapshotOrder order)
    {
        var known = _statuses.GetValueOrDefault(order.Part);
        if (ReferenceEquals(known, Gone))
            return null;
        var none = new WorkSnapshotStatus { Id = order.Part.Id, Part = order.Part.Part };
        return order is SnapshotOrder.Discard ? (known ?? none) with { Phase = WorkSnapshotPhase.Discarding } : known ?? none;
    }

    private static readonly WorkSnapshotStatus Gone = new();

    private sealed record PartTask(SnapshotOrder Order, CancellationTokenSource Stop, Task Done);

    [LoggerMessage(EventId = 550, Level = LogLevel.Warning, Message = "Item {Id} ({Part}) of PetSnapshot {Namespace}/{Name} waits: {Reason}. {Problem}")]
    private partial void LogWaits(string @namespace, string name, string id, WorkSnapshotPart part, string reason, string problem);

    [LoggerMessage(EventId = 551, Level = LogLevel.Information, Message = "Item {Id} ({Part}) of PetSnapshot {Namespace}/{Name} is deleted")]
    private partial void LogDiscarded(string @namespace, string name, string id, WorkSnapshotPart part);

    [LoggerMessage(EventId = 552, Level = LogLevel.Error, Message = "Whether an earlier life of this agent left pets frozen is not known yet. {Problem}")]
    private partial void LogNotRecovered(string problem);
}
