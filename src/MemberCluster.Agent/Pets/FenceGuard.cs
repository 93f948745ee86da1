using System.Collections.Immutable;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Pets.Watching;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Pets;

/// <summary>
/// Holds the permission to run fenced pets: says what may be done, tells the watchdog until when, and ends what the plan could not end in time. Thread-safe.
/// </summary>
/// <remarks>
/// The deadline only moves forward. An agent that has just started holds no permission of its own: what runs goes on until the deadline that the watchdog was told
/// before, and nothing is started.
/// </remarks>
internal sealed partial class FenceGuard : IDisposable
{
    /// <summary>Between two looks whether there is a watchdog, while one is needed.</summary>
    private static readonly TimeSpan LookAt = TimeSpan.FromSeconds(1);

    /// <summary>The same, until there is one.</summary>
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMilliseconds(100);

    private const int MostStarts = 1000;

    /// <summary>A container whose start was begun so long ago is known, or was never started.</summary>
    private static readonly TimeSpan StartAtMost = TimeSpan.FromMinutes(1);

    /// <summary>A permission that ends hardly later than the one before is the same one, passed on again with what is left of it.</summary>
    private const double SameWithin = 0.5;

    private readonly Lock _lock = new();
    private readonly Permission _permission;
    private readonly IWatchdog? _watchdog;
    private readonly bool _needsWatchdog;
    private readonly Func<StreamPosition> _applied;
    private readonly FenceRecord _form;
    private readonly TimeProvider _boot;
    private readonly TimeProvider _time;
    private readonly ILogger<FenceGuard> _logger;
    private readonly Dictionary<string, ImmutableArray<FencedContainer>> _pets = [];
    private readonly Dictionary<string, ImmutableArray<string>> _exempt = [];
    private readonly Dictionary<string, (FencedContainer Container, long At)> _starting = [];
    private readonly Dictionary<(string Id, int Pid), long> _startOf = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private (long Until, TimeSpan Length) _own;
    private (long Until, TimeSpan Length) _inherited;
    private FenceRecord? _written;
    private string? _unguarded;
    private bool _isNeeded;
    private long? _lookedAt;
    private long? _endedFor;
    private string? _judged;

    /// <param name="permission">Given to this agent.</param>
    /// <param name="watchdog">Null: there is none.</param>
    /// <param name="needsWatchdog">Without one, nothing is started.</param>
    /// <param name="applied">How far the stream of works is applied.</param>
    /// <param name="form">What the watchdog needs to know beside the deadline.</param>
    /// <param name="boot">The clock of permissions.</param>
    /// <param name="time">For pauses.</param>
    /// <param name="logger">Gets what the watchdog cannot be told.</param>
    public FenceGuard(
        Permission permission, IWatchdog? watchdog, bool needsWatchdog, Func<StreamPosition> applied, FenceRecord form, TimeProvider boot, TimeProvider time, ILogger<FenceGuard> logger)
    {
        (_permission, _watchdog, _needsWatchdog, _applied, _form, _boot, _time, _logger) = (permission, watchdog, needsWatchdog, applied, form, boot, time, logger);
        _unguarded = watchdog is null && needsWatchdog ? "this agent has no watchdog" : null;
        if (watchdog?.Read() is not { } before)
            return;
        // Only what is left of it counts, as half of that is what a pet may take to stop.
        var now = _boot.GetTimestamp();
        if (before.Deadline > now)
            _inherited = (before.Deadline, _boot.GetElapsedTime(now, before.Deadline));
        _isNeeded = !before.Pets.IsEmpty;
        _written = before;
    }

    /// <summary>Called when a permission moved the deadline: what waited for it may go on.</summary>
    public Action? Renewed { get; set; }

    /// <summary>Called with what the watchdog did.</summary>
    public Action<string>? Told { get; set; }

    /// <summary>Called when pets cannot be guarded, with the reason, and with null when they can be again.</summary>
    public Action<string?>? GuardChanged { get; set; }

    public Fence View
    {
        get
        {
            lock (_lock)
            {
                Reach_NeedsLock();
                var now = _boot.GetTimestamp();
                var (until, length) = _own.Until >= _inherited.Until ? _own : _inherited;
                return new Fence(Left(now, until), Left(now, _own.Until), length, _unguarded);
            }
        }
    }

    /// <summary>An answer to a report, or a step of the works stream, may have moved the deadline.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            var before = _own.Until;
            Reach_NeedsLock();
            if (_own.Until == before || !_isNeeded)
                return;
            Write_NeedsLock();
        }

        Wake();
        Renewed?.Invoke();
    }

    /// <summary>Containers of one work that are to be guarded from now on, and those that need not be although their labels say so.</summary>
    public void Set(string uid, ImmutableArray<FencedContainer> pets, ImmutableArray<string> exempt)
    {
        lock (_lock)
        {
            if (Same(_pets, uid, pets) & Same(_exempt, uid, exempt))
                return;
            foreach (var pet in pets)
                _starting.Remove(pet.Id);
            _isNeeded |= pets.Length > 0;
            Write_NeedsLock();
        }

        Wake();
    }

    /// <summary>A fenced pet is wanted here: a watchdog is needed.</summary>
    public void Expect()
    {
        lock (_lock)
        {
            if (_isNeeded)
                return;
            _isNeeded = true;
            if (_needsWatchdog)
                _unguarded ??= "the watchdog is being started";
        }

        Wake();
    }

    /// <summary>The container is to be started now: from here on it is guarded.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Waiting"/>: it may not be started.</exception>
    public void BeforeStart(PodIdentity pod, string container)
    {
        lock (_lock)
        {
            var fence = View;
            if (fence.Unguarded is { } problem)
                throw Waiting(Reasons.WatchdogMissing, $"Nothing would end the pet if this agent could not: {problem}");
            if (!fence.MayStart(pod.Grace))
                throw Waiting(Reasons.Fenced, "The agent may not run fenced pets at present");
            _starting[container] = (new FencedContainer(container, 0, 0, pod.Name), _boot.GetTimestamp());
            if (!Write_NeedsLock())
                throw Waiting(Reasons.WatchdogMissing, "The watchdog cannot be told of the pet");
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = Turn();
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var slept = Task.Delay(pause, _time, timer.Token);
            await Task.WhenAny(slept, _wake.WaitAsync(timer.Token));
            await timer.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => _wake.Dispose();

    /// <returns>When to look again.</returns>
    private TimeSpan Turn()
    {
        IReadOnlyCollection<FencedContainer> ended = [];
        TimeSpan pause;
        bool looks, isNews;
        lock (_lock)
        {
            if (!_isNeeded)
                return Timeout.InfiniteTimeSpan;
            Reach_NeedsLock();
            var now = _boot.GetTimestamp();
            var (until, length) = _own.Until >= _inherited.Until ? _own : _inherited;
            // Half of the reserve is the engine's, to end what had its grace period.
            var left = Left(now, until) - (Fence.ReserveOf(length) / 2);
            isNews = left <= TimeSpan.Zero && _endedFor != until;
            if (isNews)
                _endedFor = until;
            if (left <= TimeSpan.Zero)
                ended = [.. Guarded_NeedsLock().Select(WithStart_NeedsLock)];
            // A delay counts whole milliseconds: one of less is none, and would be asked for again and again until the time is there.
            pause = _judged is not null ? StartsWithin : left > TimeSpan.Zero && left < LookAt ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : LookAt;
            looks = _lookedAt is not { } lookedAt || _judged is not null || _boot.GetElapsedTime(lookedAt, now) >= LookAt;
            if (looks)
                _lookedAt = now;
        }

        if (ended.Count > 0)
        {
            if (isNews)
                LogEnding(ended.Count);
            _watchdog?.End(ended);
        }

        if (looks)
            Look();
        return pause;
    }

    private void Look()
    {
        if (_watchdog is null)
        {
            Judge(_unguarded);
            return;
        }

        var problem = _watchdog.Ensure();
        Judge(_needsWatchdog ? problem : null);
        foreach (var news in _watchdog.TakeNews())
            Told?.Invoke(news);
    }

    private void Judge(string? problem)
    {
        lock (_lock)
        {
            if (problem is null)
                Write_NeedsLock();
            var isSame = problem == _judged && problem == _unguarded;
            (_unguarded, _judged) = (problem, problem);
            if (isSame)
                return;
        }

        GuardChanged?.Invoke(problem);
        if (problem is null)
            Renewed?.Invoke();
    }

    private void Reach_NeedsLock()
    {
        if (_permission.Reached(_applied()) is not { } reached || reached.Until <= _own.Until)
            return;
        var isSame = _boot.GetElapsedTime(_own.Until, reached.Until).TotalSeconds < SameWithin;
        _own = (reached.Until, isSame && _own.Length > reached.Length ? _own.Length : reached.Length);
    }

    private long Deadline_NeedsLock() => Math.Max(_own.Until, _inherited.Until);

    private List<FencedContainer> Guarded_NeedsLock()
    {
        var now = _boot.GetTimestamp();
        foreach (var old in _starting.Where(pair => _boot.GetElapsedTime(pair.Value.At, now) > StartAtMost).Select(pair => pair.Key).ToList())
            _starting.Remove(old);
        return [.. _pets.Values.SelectMany(pets => pets), .. _starting.Values.Select(pair => pair.Container)];
    }

    private bool Write_NeedsLock()
    {
        if (_watchdog is null)
            return true;
        var record = _form with
        {
            Deadline = Deadline_NeedsLock(),
            Pets = [.. Guarded_NeedsLock().Select(WithStart_NeedsLock)],
            Exempt = [.. _exempt.Values.SelectMany(ids => ids)],
        };
        if (record == _written)
            return true;
        try
        {
            _watchdog.Write(record);
            _written = record;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(exception.Message);
            return false;
        }
    }

    /// <summary>Asked once for each process: a pid that is used again later is another one's.</summary>
    private FencedContainer WithStart_NeedsLock(FencedContainer pet)
    {
        if (pet.Pid == 0)
            return pet;
        if (_startOf.Count > MostStarts)
            _startOf.Clear();
        if (!_startOf.TryGetValue((pet.Id, pet.Pid), out var started))
            _startOf[(pet.Id, pet.Pid)] = started = _watchdog?.StartOf(pet.Pid) ?? 0;
        return pet with { Started = started };
    }

    private static bool Same<T>(Dictionary<string, ImmutableArray<T>> all, string uid, ImmutableArray<T> next)
    {
        var before = all.GetValueOrDefault(uid, []);
        if (before.AsSpan().SequenceEqual(next.AsSpan()))
            return true;
        if (next.IsEmpty)
            all.Remove(uid);
        else
            all[uid] = next;
        return false;
    }

    private TimeSpan Left(long now, long until) => until > now ? _boot.GetElapsedTime(now, until) : TimeSpan.Zero;

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake.
        }
    }

    private static RuntimeException Waiting(string reason, string message) => new(RuntimeFailure.Waiting, message) { Reason = reason };

    [LoggerMessage(EventId = 540, Level = LogLevel.Warning, Message = "The permission to run fenced pets ends; {Containers} containers that still live are killed")]
    private partial void LogEnding(int containers);

    [LoggerMessage(EventId = 541, Level = LogLevel.Error, Message = "The watchdog cannot be told until when pets may run; it goes by what it was told before. {Problem}")]
    private partial void LogNotWritten(string problem);
}
