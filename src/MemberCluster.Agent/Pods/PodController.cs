using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Volumes;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Pods;

/// <summary>
/// Brings the cluster's pods to what its works want. One loop owns all state and does nothing that takes time: what happens elsewhere (engine events,
/// steps that ended, verdicts of probes, new works) comes in as messages; each turn plans the uids that they touched, and starts the steps.
/// </summary>
/// <remarks>
/// <code>
/// messages ─▶ SerialLoop ─▶ ContainerTracker, EngineNews ─▶ PodBook
///                 │                ▲                           │ touched uids
///                 │          StepAftermath ◀── StepStarter ◀── PodReconciler ─▶ PodPublisher
///                 └─ each turn: reconcile what was touched, then start its steps
/// </code>
/// </remarks>
internal sealed partial class PodController : IEngineObserver, IDisposable
{
    /// <summary>The first report waits so long for the first verdicts on adopted pods.</summary>
    private static readonly TimeSpan SettleAtMost = TimeSpan.FromSeconds(2);

    private readonly SerialLoop _loop;
    private readonly PodBook _book = new();
    private readonly ContainerTracker _containers;
    private readonly EngineNews _engine;
    private readonly StepStarter _steps;
    private readonly PodReconciler _reconciler;
    private readonly WorkShelf _shelf;
    private readonly SteadyClock _clock;
    private readonly ILogger<PodController> _logger;
    private readonly ITimer _wake;
    private bool _mustSettle;
    private bool _isSettled;
    private bool _isTrafficKnown;

    public PodController(
        PodSettings settings, WorkShelf shelf, StepRunner runner, PodPublisher publisher, ClusterState cluster, AgentEvents events, Ticks ticks,
        FenceGuard guard, EpochKeep epochs, VolumeKeeper volumes, Func<string> newUid, SteadyClock clock, TimeProvider time, ILogger<PodController> logger)
    {
        (_shelf, _clock, _logger) = (shelf, clock, logger);
        _loop = new SerialLoop(time);
        _containers = new ContainerTracker(_book, events, ticks, _clock);
        _engine = new EngineNews(settings, _book, cluster, events);
        var aftermath = new StepAftermath(_book, _containers, _engine, publisher, events, _clock, logger);
        _steps = new StepStarter(_loop, runner, _containers, aftermath, events, time, logger);
        _reconciler = new PodReconciler(_book, shelf, _steps, publisher, _engine, guard, epochs, volumes, newUid, _clock);
        _wake = time.CreateTimer(_ => _loop.Post(() => _book.TouchDue(_clock.Now)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called once, when what runs is known well enough to be reported.</summary>
    public Action? Settled { get; set; }

    /// <summary>Called once, when traffic was told of everything that runs.</summary>
    public Action? TrafficKnown { get; set; }

    /// <summary>Called once, with the uids of the pods that were found, before anything is planned.</summary>
    public Action<IReadOnlySet<string>>? Adopted { get; set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _book.Touch(_shelf.Book.Held.Keys);
        _book.Touch(_shelf.Book.Endpoints.Keys);
        try
        {
            await _loop.RunAsync(Turn, cancellationToken);
        }
        finally
        {
            var running = _book.Uids.Values.SelectMany(state => state.Pods.Values).Select(pod => pod.Step?.Done).OfType<Task>();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        _wake.Dispose();
        _loop.Dispose();
    }

    public void OnWorksChanged(ImmutableArray<string> uids) => _loop.Post(() => _book.Touch(uids));

    /// <summary>Pods that shall stop; they are named again until they are gone. One that is not known here (any more) is no concern of this agent.</summary>
    public void OnEvictions(IReadOnlyList<PodEviction> evictions) => _loop.Post(() =>
    {
        foreach (var eviction in evictions)
        {
            foreach (var (uid, state) in _book.Uids)
            {
                if (state.Pods.TryGetValue(eviction.Name, out var pod) && pod.Identity.Uid == eviction.Uid && pod.Identity.Namespace == eviction.Namespace
                    && pod.Evict(TimeSpan.FromSeconds(eviction.GracePeriodSeconds)))
                    _book.Touch(uid);
            }
        }
    });

    public void OnEngineUp(EngineInfo info, ContainerNetwork network, ImmutableArray<Container> containers, long since) => _loop.Post(() =>
    {
        var isFirst = !_engine.IsKnown;
        _engine.OnUp(info, network);
        _containers.LearnAll(containers, since, isFirst);
        if (isFirst)
        {
            LogAdopted(containers.Length);
            Adopted?.Invoke(_book.Uids.Values.SelectMany(state => state.Pods.Values).Select(pod => pod.Identity.Uid).ToHashSet());
            _ = _loop.PostLaterAsync(() => _mustSettle = true, SettleAtMost);
        }

        _engine.Publish();
        if (isFirst)
            _engine.OnStarted(containers.Length);
    });

    public void OnEngineDown(RuntimeException problem) => _loop.Post(() =>
    {
        _engine.OnDown(problem);
        _mustSettle = true;
    });

    public void OnEvent(RuntimeEvent change) => _loop.Post(() =>
    {
        if (PodLabelling.Read(change.Labels) is not { } identity)
            return;
        if (change.Kind == RuntimeEventKind.Destroyed)
        {
            _containers.Drop(change.ContainerId);
            return;
        }

        var pod = _book.Uids.GetValueOrDefault(identity.WorkUid)?.Pods.GetValueOrDefault(identity.Name);
        if (pod?.Step is null)
        {
            _containers.BelieveEnd(identity.WorkUid, change);
            _steps.Look(change.ContainerId);
        }
        else if (change.Kind is RuntimeEventKind.Died or RuntimeEventKind.OutOfMemory)
        {
            // The step looks at what it made when it is done; only what happened to the pod beside that needs another look.
            pod.LookAgain.Add(change.ContainerId);
        }
    });

    public void OnResync(ImmutableArray<ContainerSummary> containers, long since) => _loop.Post(() =>
    {
        foreach (var container in _containers.Compare(containers, since))
            _steps.Look(container);
    });

    public void OnVerdict(ProbeVerdict verdict) => _loop.Post(() => _containers.Believe(verdict));

    /// <summary>The permission to run fenced pets was renewed: what waited for it is planned again.</summary>
    public void OnFenceRenewed() => _loop.Post(() =>
    {
        foreach (var (uid, state) in _book.Uids.Where(pair => pair.Value.IsHeldBack || pair.Value.Pods.Values.Any(pod => pod.Failures.Any(IsOfFence))))
        {
            foreach (var pod in state.Pods.Values)
                pod.TryAgain(IsOfFence);
            _book.Touch(uid);
        }
    });

    public void OnListener(ListenerState listener) => _loop.Post(() =>
    {
        var state = _book.Uids.GetValueOrDefault(listener.WorkUid);
        if (state is null || state.PortProblems.GetValueOrDefault(listener.Address) == listener.Problem)
            return;
        if (listener.Problem is null)
            state.PortProblems.Remove(listener.Address);
        else
            state.PortProblems[listener.Address] = listener.Problem;
        _book.Touch(listener.WorkUid);
    });

    /// <summary>Whether <see cref="HoldStillAsync"/> would do it now.</summary>
    public Task<bool> RunsAsync(string uid, int ordinal, long epoch, CancellationToken cancellationToken) => _loop.AskAsync(() => Runs(uid, ordinal, epoch, out _), cancellationToken);

    /// <summary>The pet is about to be frozen: from here on its probes rest, and nothing is done to it unless it is to stop.</summary>
    /// <returns>False: it does not run here with this epoch, or something is being done to it.</returns>
    public Task<bool> HoldStillAsync(string uid, int ordinal, long epoch, CancellationToken cancellationToken) => _loop.AskAsync(
        () =>
        {
            if (!Runs(uid, ordinal, epoch, out var pod))
                return false;
            pod.IsStill = true;
            _book.Touch(uid);
            return true;
        },
        cancellationToken);

    /// <summary>It is not frozen any more.</summary>
    public void LetGo(string uid, int ordinal) => _loop.Post(() =>
    {
        if (PetOf(uid, ordinal) is not { IsStill: true } pod)
            return;
        pod.IsStill = false;
        _book.Touch(uid);
    });

    /// <summary>Asks the loop for something it knows.</summary>
    public Task<T> AskAsync<T>(Func<IReadOnlyDictionary<string, UidState>, T> question, CancellationToken cancellationToken) =>
        _loop.AskAsync(() => question(_book.Uids), cancellationToken);

    private bool Runs(string uid, int ordinal, long epoch, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PodState? pod)
    {
        pod = PetOf(uid, ordinal);
        var name = pod?.Identity.Name;
        return pod is { Step: null, StoppingSince: null, IsStill: false } && pod.Identity.Epoch == epoch && _book.Uids[uid].Observe().Any(seen => seen.Name == name && seen.IsRunning);
    }

    private PodState? PetOf(string uid, int ordinal) => _book.Uids.GetValueOrDefault(uid)?.Pods.Values.FirstOrDefault(pod => pod.Identity.Epoch is not null && pod.Identity.Ordinal == ordinal);

    private void Turn()
    {
        foreach (var uid in _book.TakeTouched())
            _reconciler.Reconcile(uid);
        if (_engine.IsKnown && !_isTrafficKnown)
        {
            _isTrafficKnown = true;
            TrafficKnown?.Invoke();
        }

        _steps.StartAll();
        // After the plans: the first report takes what it says from what they published.
        if (!_isSettled && (_mustSettle || (_engine.IsKnown && !_book.Uids.Values.Any(IsUnsettled))))
            Settle();

        var next = _book.NextLook;
        var due = next is null ? Timeout.InfiniteTimeSpan : next.Value - _clock.Now;
        _wake.Change(next is not null && due < TimeSpan.Zero ? TimeSpan.Zero : due, Timeout.InfiniteTimeSpan);
    }

    private static bool IsOfFence(SlotFailure failure) => failure.Reason is Reasons.Fenced or Reasons.WatchdogMissing;

    private static bool IsUnsettled(UidState state) =>
        state.Observe().Any(pod => pod.IsRunning && pod.Latest.Any(container => container.Readiness == Readiness.Assumed));

    private void Settle()
    {
        _isSettled = true;
        Settled?.Invoke();
    }

    [LoggerMessage(EventId = 501, Level = LogLevel.Information, Message = "Found {Containers} containers of this cluster; what runs goes on")]
    private partial void LogAdopted(int containers);
}
