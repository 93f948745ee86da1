using System.Collections.Immutable;
using System.Threading.Channels;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Volumes;

/// <summary>Does what works say of pets' volumes: brings those that come here, deletes those that are to go. One task for each pet at a time.</summary>
/// <param name="copy">Carries the steps out.</param>
/// <param name="held">The work that is held of a uid now.</param>
/// <param name="hasPod">Whether anything of the pet is on this machine.</param>
/// <param name="changed">Told the uids whose status changed.</param>
/// <param name="retry">When to try again.</param>
/// <param name="time">For the rate of progress.</param>
/// <param name="logger">Where to tell.</param>
internal sealed partial class VolumeKeeper(
    VolumeCopy copy, Func<string, Work?> held, Func<PetKey, CancellationToken, Task<bool>> hasPod, Action<ImmutableArray<string>> changed, Retry retry, TimeProvider time, ILogger<VolumeKeeper> logger) : IDisposable
{
    /// <summary>More at once only share the link.</summary>
    private const int Parallelism = 2;

    /// <summary>Progress is told so often at most.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    /// <summary>A whole volume comes again.</summary>
    private static readonly TimeSpan AgainAfterDifference = TimeSpan.FromSeconds(30);

    private readonly Channel<string> _looks = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<PetKey, VolumeTask> _tasks = [];
    /// <summary>Tasks that nobody wants any more, until they have ended: the next one for the pet waits for them.</summary>
    private readonly Dictionary<PetKey, Task> _ending = [];
    private readonly SemaphoreSlim _slots = new(Parallelism);
    private readonly Lock _lock = new();
    private readonly Dictionary<PetKey, WorkPetCopyStatus> _copies = [];
    private readonly HashSet<PetKey> _discarded = [];

    /// <summary>Looks at these works again.</summary>
    public void OnWorksChanged(IEnumerable<string> uids)
    {
        foreach (var uid in uids)
            _looks.Writer.TryWrite(uid);
    }

    /// <summary>The pet gets its volumes: what was deleted is there again.</summary>
    public void OnUsed(string uid, int ordinal)
    {
        lock (_lock)
        {
            if (!_discarded.Remove(new PetKey(uid, ordinal)))
                return;
        }

        _looks.Writer.TryWrite(uid);
    }

    /// <summary>How far a copy is.</summary>
    public WorkPetCopyStatus StatusOf(string uid, WorkPetCopy asked)
    {
        lock (_lock)
            return _copies.TryGetValue(new PetKey(uid, asked.Ordinal), out var status) && status.Epoch == asked.Epoch ? status : new WorkPetCopyStatus { Ordinal = asked.Ordinal, Epoch = asked.Epoch };
    }

    /// <summary>Nothing of the pet's volumes is left here.</summary>
    public bool IsDiscarded(string uid, int ordinal)
    {
        lock (_lock)
            return _discarded.Contains(new PetKey(uid, ordinal));
    }

    public void Dispose() => _slots.Dispose();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var uid in _looks.Reader.ReadAllAsync(cancellationToken))
                Look(uid, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(_tasks.Values.Select(task => task.Done).Concat(_ending.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Look(string uid, CancellationToken cancellationToken)
    {
        foreach (var ended in _ending.Where(entry => entry.Value.IsCompleted).Select(entry => entry.Key).ToList())
            _ending.Remove(ended);
        var orders = VolumeOrder.Of(held(uid)).ToDictionary(order => order.Pet);
        foreach (var (pet, task) in _tasks.Where(entry => entry.Key.Uid == uid).ToList())
        {
            if (orders.TryGetValue(pet, out var order) && order.IsSameAs(task.Order) && (order.Copy is not null || !task.Done.IsCompleted || IsDiscarded(uid, pet.Ordinal)))
            {
                orders.Remove(pet);
                continue;
            }

            task.Stop.Cancel();
            if (orders.ContainsKey(pet))
                continue;
            _tasks.Remove(pet);
            Forget(pet);
            if (!task.Done.IsCompleted)
                _ending[pet] = task.Done;
        }

        foreach (var order in orders.Values)
        {
            Forget(order.Pet);
            _ending.Remove(order.Pet, out var ending);
            var before = _tasks.GetValueOrDefault(order.Pet)?.Done ?? ending ?? Task.CompletedTask;
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _tasks[order.Pet] = new VolumeTask(order, stop, RunAsync(order, before, stop.Token));
        }
    }

    private void Forget(PetKey pet)
    {
        lock (_lock)
        {
            _copies.Remove(pet);
            _discarded.Remove(pet);
        }
    }

    private async Task RunAsync(VolumeOrder order, Task before, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (order.Copy is null)
                await DiscardAsync(order, cancellationToken);
            else
                await BringAsync(order, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Something else is wanted by now, or the agent ends.
        }
    }

    private async Task DiscardAsync(VolumeOrder order, CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                if (!await hasPod(order.Pet, cancellationToken))
                {
                    await copy.DiscardAsync(order, cancellationToken);
                    lock (_lock)
                        _discarded.Add(order.Pet);
                    LogDiscarded(order.Namespace, order.Set, order.Pet.Ordinal);
                    changed([order.Pet.Uid]);
                    return;
                }
            }
            catch (Exception exception) when (exception is RuntimeException or IOException or UnauthorizedAccessException)
            {
                LogNotDiscarded(order.Namespace, order.Set, order.Pet.Ordinal, exception.Message);
            }

            await retry.WaitAsync(failures, ControlPlaneFailure.Unreachable, cancellationToken);
        }
    }

    private async Task BringAsync(VolumeOrder order, CancellationToken cancellationToken)
    {
        var status = new WorkPetCopyStatus { Ordinal = order.Pet.Ordinal, Epoch = order.Copy!.Epoch };
        for (var failures = 0; ; failures++)
        {
            var bytes = status.Bytes;
            status = await BringOnceAsync(order, status, cancellationToken);
            Tell(order.Pet, status);
            if (status.Phase is WorkPetCopyPhase.Done or WorkPetCopyPhase.Failed)
                return;
            LogWaits(order.Namespace, order.Set, order.Pet.Ordinal, status.Reason ?? "", status.Message ?? "");
            // What came on was no failure in vain.
            failures = status.Bytes > bytes ? 0 : failures;
            if (status.Reason == Reasons.ChecksumDiffers)
                await Task.Delay(AgainAfterDifference, time, cancellationToken);
            else
                await retry.WaitAsync(failures, ControlPlaneFailure.Unreachable, cancellationToken);
        }
    }

    private async Task<WorkPetCopyStatus> BringOnceAsync(VolumeOrder order, WorkPetCopyStatus status, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        var (arrived, told) = (status.Bytes, time.GetTimestamp());
        status = status with { Phase = WorkPetCopyPhase.Copying };
        try
        {
            Tell(order.Pet, status with { Bytes = arrived });
            var (digest, bytes) = await copy.BringAsync(order, Arrived, cancellationToken);
            if (digest is null)
                return status with { Bytes = bytes, Reason = Reasons.ChecksumDiffers, Message = "What came is not what the source has; it is fetched again" };
            LogDone(order.Namespace, order.Set, order.Pet.Ordinal, bytes);
            return status with { Phase = WorkPetCopyPhase.Done, Bytes = bytes, Digest = digest, Reason = null, Message = null };
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.DiskFull)
        {
            await MakeRoomAsync(order, cancellationToken);
            return status with { Phase = WorkPetCopyPhase.Failed, Bytes = 0, Reason = Reasons.NoSpace, Message = exception.Message };
        }
        catch (VolumesExistException exception)
        {
            return status with { Phase = WorkPetCopyPhase.Waiting, Bytes = 0, Reason = Reasons.VolumesExist, Message = exception.Message };
        }
        catch (RuntimeException exception)
        {
            return status with { Bytes = arrived, Reason = exception.Failure == RuntimeFailure.EngineUnavailable ? Reasons.EngineUnavailable : Reasons.CopyFailed, Message = exception.Message };
        }
        catch (Exception exception) when (exception is ControlPlaneException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return status with { Bytes = arrived, Reason = Reasons.SourceAway, Message = exception.Message };
        }
        finally
        {
            _slots.Release();
        }

        void Arrived(long bytes)
        {
            arrived = bytes;
            if (time.GetElapsedTime(told) < TellEvery)
                return;
            told = time.GetTimestamp();
            // What held it up is over.
            status = status with { Reason = null, Message = null };
            Tell(order.Pet, status with { Bytes = bytes });
        }
    }

    /// <summary>A disk that is full of half a pet is of no use to anybody.</summary>
    private async Task MakeRoomAsync(VolumeOrder order, CancellationToken cancellationToken)
    {
        try
        {
            await copy.DiscardAsync(order, cancellationToken);
        }
        catch (Exception exception) when (exception is RuntimeException or IOException)
        {
            // It goes when the copy is given up.
            LogNotDiscarded(order.Namespace, order.Set, order.Pet.Ordinal, exception.Message);
        }
    }

    private void Tell(PetKey pet, WorkPetCopyStatus status)
    {
        lock (_lock)
            _copies[pet] = status;
        changed([pet.Uid]);
    }

    private sealed record VolumeTask(VolumeOrder Order, CancellationTokenSource Stop, Task Done);

    [LoggerMessage(EventId = 530, Level = LogLevel.Information, Message = "The volumes of pet {Namespace}/{Set}-{Ordinal} are here, {Bytes} bytes")]
    private partial void LogDone(string @namespace, string set, int ordinal, long bytes);

    [LoggerMessage(EventId = 531, Level = LogLevel.Warning, Message = "The volumes of pet {Namespace}/{Set}-{Ordinal} do not come: {Reason}. {Problem}")]
    private partial void LogWaits(string @namespace, string set, int ordinal, string reason, string problem);

    [LoggerMessage(EventId = 532, Level = LogLevel.Information, Message = "The volumes of pet {Namespace}/{Set}-{Ordinal} are deleted: it does not come back for them")]
    private partial void LogDiscarded(string @namespace, string set, int ordinal);

    [LoggerMessage(EventId = 533, Level = LogLevel.Warning, Message = "The volumes of pet {Namespace}/{Set}-{Ordinal} cannot be deleted yet. {Problem}")]
    private partial void LogNotDiscarded(string @namespace, string set, int ordinal, string problem);
}
