using System.Collections.Immutable;
using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Nodes;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Pods;

/// <summary>
/// Brings the cluster's pods to what its works want. One loop owns all state and does nothing that takes time: what happens elsewhere (engine events,
/// steps that ended, verdicts of probes, new works) comes in as messages; each turn plans the uids that they touched, and starts the steps.
/// </summary>
internal sealed partial class PodController : IEngineObserver, IDisposable
{
    /// <summary>The first report waits so long for the first verdicts on adopted pods.</summary>
    private static readonly TimeSpan SettleAtMost = TimeSpan.FromSeconds(2);

    /// <summary>A step that failed because the engine went away is not the pod's fault.</summary>
    private static readonly TimeSpan EngineRetry = TimeSpan.FromSeconds(1);

    private readonly Channel<Action> _inbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, UidState> _uids = [];
    private readonly Dictionary<string, string> _uidOf = [];
    private readonly Dictionary<string, long> _goneAt = [];
    private readonly HashSet<string> _dirty = [];
    private readonly List<Action> _starts = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _wake;
    private readonly EngineHealth _engine = new();

    private readonly WorkShelf _shelf;
    private readonly StepRunner _steps;
    private readonly PodPublisher _publisher;
    private readonly ClusterState _cluster;
    private readonly AgentEvents _events;
    private readonly Ticks _ticks;
    private readonly Func<string> _newUid;
    private readonly TimeProvider _time;
    private readonly ILogger<PodController> _logger;
    private PodSettings _settings;
    private bool _isSettled;

    public PodController(
        PodSettings settings, WorkShelf shelf, StepRunner steps, PodPublisher publisher, ClusterState cluster, AgentEvents events, Ticks ticks,
        Func<string> newUid, TimeProvider time, ILogger<PodController> logger)
    {
        (_settings, _shelf, _steps, _publisher, _cluster, _events) = (settings, shelf, steps, publisher, cluster, events);
        (_ticks, _newUid, _time, _logger) = (ticks, newUid, time, logger);
        _wake = time.CreateTimer(_ => Post(MarkDue), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called once, when what runs is known well enough to be reported.</summary>
    public Action? Settled { get; set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _dirty.UnionWith(_shelf.Book.Held.Keys);
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_inbox.Reader.TryRead(out var message))
                    message();
                Turn();
            }
        }
        finally
        {
            await _stop.CancelAsync();
            var running = _uids.Values.SelectMany(state => state.Pods.Values).Select(pod => pod.Step?.Done).OfType<Task>();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        _wake.Dispose();
        _stop.Dispose();
    }

    public void OnWorksChanged(ImmutableArray<string> uids) => Post(() => _dirty.UnionWith(uids));

    /// <summary>Pods that shall stop; they are named again until they are gone. One that is not known here (any more) is no concern of this agent.</summary>
    public void OnEvictions(IReadOnlyList<PodEviction> evictions) => Post(() =>
    {
        foreach (var eviction in evictions)
        {
            foreach (var (uid, state) in _uids)
            {
                if (state.Pods.TryGetValue(eviction.Name, out var pod) && pod.Identity.Uid == eviction.Uid && pod.Identity.Namespace == eviction.Namespace
                    && pod.Evict(TimeSpan.FromSeconds(eviction.GracePeriodSeconds)))
                    _dirty.Add(uid);
            }
        }
    });

    public void OnEngineUp(EngineInfo info, ContainerNetwork network, ImmutableArray<Container> containers, long since) => Post(() =>
    {
        var isFirst = !_engine.IsKnown;
        if (_engine.Down is not null && !isFirst)
            TellEngine(isWarning: false, "EngineRecovered", "The container engine answers again");
        _engine.OnUp(info);
        _settings = _settings with { Network = network, Node = NodeNames.Of(_settings.Cluster, info.Name) };
        DropAllBut(containers.Select(container => container.Id).ToHashSet(), since);
        foreach (var container in containers)
            Learn(container, since, isFound: true);
        if (isFirst)
        {
            LogAdopted(containers.Length);
            _ = PostLaterAsync(Settle, SettleAtMost);
        }

        EngineChanged();
        if (isFirst)
            _events.OfNode(_cluster.Node, isWarning: false, "Starting", $"The agent starts and finds {containers.Length} containers");
    });

    public void OnEngineDown(RuntimeException problem) => Post(() =>
    {
        var isNews = _engine.Down is null;
        _engine.OnDown(problem);
        if (isNews)
            TellEngine(isWarning: true, _engine.Down!.Reason, problem.Message);
        EngineChanged();
        Settle();
    });

    public void OnEvent(RuntimeEvent change) => Post(() =>
    {
        if (PodLabelling.Read(change.Labels) is not { } pod)
            return;
        if (change.Kind == RuntimeEventKind.Destroyed)
        {
            Drop(change.ContainerId, _ticks.Next());
            return;
        }

        var isOver = change.Kind is RuntimeEventKind.Died or RuntimeEventKind.OutOfMemory;
        if (_uids.GetValueOrDefault(pod.WorkUid)?.Pods.GetValueOrDefault(pod.Name)?.Step is null)
        {
            BelieveEnd(pod.WorkUid, change);
            Look(change.ContainerId);
        }
        else if (isOver)
        {
            // The step looks at what it made when it is done; only what happened to the pod beside that needs another look.
            _uids[pod.WorkUid].Pods[pod.Name].LookAgain.Add(change.ContainerId);
        }
    });

    public void OnResync(ImmutableArray<ContainerSummary> containers, long since) => Post(() =>
    {
        DropAllBut(containers.Select(container => container.Id).ToHashSet(), since);
        foreach (var summary in containers)
        {
            var known = _uidOf.TryGetValue(summary.Id, out var uid) ? _uids[uid].Containers.GetValueOrDefault(summary.Id) : null;
            if (known is null || (known.Tick < since && (known.Container.State != summary.State || known.Container.IpAddress != summary.IpAddress)))
                Look(summary.Id);
        }

        foreach (var (id, _) in _goneAt.Where(pair => pair.Value < since).ToList())
            _goneAt.Remove(id);
    });

    public void OnVerdict(ProbeVerdict verdict) => Post(() =>
    {
        if (!_uidOf.TryGetValue(verdict.Container, out var uid) || !_uids[uid].Containers.TryGetValue(verdict.Container, out var known))
            return;
        var state = _uids[uid];
        if (verdict.Kind == ProbeKind.Readiness)
            state.Containers[verdict.Container] = known with { IsProbedReady = verdict.Passing };
        else
            state.Containers[verdict.Container] = known with { LivenessFailed = !verdict.Passing };
        if (!verdict.Passing && state.Pods.TryGetValue(known.Pod, out var pod))
            _events.OfPod(pod.Identity, isWarning: true, "Unhealthy", $"{verdict.Kind} probe failed: {verdict.Detail}");
        _dirty.Add(uid);
    });

    public void OnListener(ListenerState listener) => Post(() =>
    {
        var state = _uids.GetValueOrDefault(listener.WorkUid);
        if (state is null || state.PortProblems.GetValueOrDefault(listener.Listen) == listener.Problem)
            return;
        if (listener.Problem is null)
            state.PortProblems.Remove(listener.Listen);
        else
            state.PortProblems[listener.Listen] = listener.Problem;
        _dirty.Add(listener.WorkUid);
    });

    /// <summary>Asks the loop for something it knows.</summary>
    public Task<T> AskAsync<T>(Func<IReadOnlyDictionary<string, UidState>, T> question, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => answer.TrySetResult(question(_uids)));
        return answer.Task.WaitAsync(cancellationToken);
    }

    private void Post(Action message) => _inbox.Writer.TryWrite(message);

    private async Task PostLaterAsync(Action message, TimeSpan delay)
    {
        await Task.Delay(delay, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Post(message);
    }

    private void Turn()
    {
        foreach (var uid in _dirty.ToList())
            Reconcile(uid);
        _dirty.Clear();
        foreach (var start in _starts)
            start();
        _starts.Clear();
        if (_engine.IsKnown && !_isSettled && !_uids.Values.Any(IsUnsettled))
            Settle();

        var next = _uids.Values.Min(state => state.NextLook);
        var due = next is null ? Timeout.InfiniteTimeSpan : next.Value - _time.GetUtcNow();
        _wake.Change(next is not null && due < TimeSpan.Zero ? TimeSpan.Zero : due, Timeout.InfiniteTimeSpan);
    }

    private void Reconcile(string uid)
    {
        var held = _shelf.Book.Held.GetValueOrDefault(uid);
        if (!_uids.TryGetValue(uid, out var state))
        {
            if (held is null)
                return;
            _uids[uid] = state = new UidState();
        }

        state.Hold(held?.Work);
        // Without an engine there is nothing to look for: what was due stays due until it is back, and everything is planned then.
        state.NextLook = null;
        var isConverged = _engine.IsUsable && Plan(uid, state, held);
        var pods = state.Observe();
        if (held is null && pods.IsEmpty)
        {
            _publisher.PublishTraffic(uid, state, held, pods);
            _publisher.RemoveWork(uid);
            _uids.Remove(uid);
            return;
        }

        _publisher.PublishTraffic(uid, state, held, pods);
        _publisher.PublishStatus(uid, state, held, pods, _settings, isConverged, _engine.Trouble);
    }

    /// <summary>Plans, and takes note of the steps; they start after the turn's last word on traffic. True when nothing is left to do.</summary>
    private bool Plan(string uid, UidState state, HeldWork? held)
    {
        DesiredPods desired = held switch
        {
            { Tombstone: { } tombstone } => new DesiredPods.Remove(tombstone.Reason is "" ? "Deleted" : tombstone.Reason),
            { Work: { } work } => new DesiredPods.Run(work),
            _ => new DesiredPods.Unheld(),
        };
        var context = new PlanContext(_time.GetUtcNow(), _settings.Cluster, _engine.PausedUntil);
        var plan = PodPlanner.Plan(desired, state.Observe(), context);
        var creations = plan.Actions.OfType<PodAction.Create>().ToList();
        foreach (var create in creations)
            state.Pods[create.Pod] = new PodState(PodContainers.NewIdentity(held!.Work!, create, _newUid()));
        if (creations.Count > 0)
            plan = PodPlanner.Plan(desired, state.Observe(), context);

        foreach (var action in plan.Actions.Where(action => state.Pods.ContainsKey(action.Pod)))
            Prepare(uid, state, held?.Work, action);
        foreach (var pod in state.Pods.Values.Where(pod => pod.Step is null && pod.LookAgain.Count > 0))
        {
            foreach (var container in pod.LookAgain)
                Look(container);
            pod.LookAgain.Clear();
        }

        state.NextLook = plan.NextLook;
        return plan.IsConverged;
    }

    private void Prepare(string uid, UidState state, Work? work, PodAction action)
    {
        var pod = state.Pods[action.Pod];
        var before = pod.Step;
        var isRunning = state.Containers.Values.Any(known => known.Pod == action.Pod && known.Container.State == Runtime.ContainerState.Running);
        if (action is PodAction.Stop stop)
        {
            if (pod.StoppingSince is null)
                _events.OfPod(pod.Identity, isWarning: false, "Killing", $"Stopping: {stop.Why}");
            pod.StoppingSince ??= _time.GetUtcNow();
            pod.MustHurry = false;
            before?.Cancellation.Cancel();
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var step = new PodStep(action, CancellationTokenSource.CreateLinkedTokenSource(_stop.Token), done.Task);
        pod.Step = step;
        var settings = _settings;
        LogStep(action);
        _starts.Add(() => _ = TakeAsync());

        async Task TakeAsync()
        {
            try
            {
                if (before is not null)
                    await before.Done;
                var outcome = await _steps.TakeAsync(pod.Identity, work, action, settings, isRunning, step.Cancellation.Token);
                Post(() => Ended(uid, pod, step, outcome));
            }
            catch (OperationCanceledException)
            {
                Post(() => Ended(uid, pod, step, StepOutcome.Nothing));
            }
            catch (Exception exception)
            {
                // A step that fails in a way nobody foresaw must not leave its pod busy for ever.
                LogUnforeseen(exception, action.Pod, action.GetType().Name);
                var failure = new RuntimeException(RuntimeFailure.EngineFault, exception.Message, exception);
                Post(() => Ended(uid, pod, step, StepOutcome.Nothing with { Failure = failure }));
            }
            finally
            {
                done.TrySetResult();
            }
        }
    }

    private void Ended(string uid, PodState pod, PodStep step, StepOutcome outcome)
    {
        // Not where the step ends: until this message is read, the loop may still cancel it.
        step.Cancellation.Dispose();
        _dirty.Add(uid);
        foreach (var (container, tick) in outcome.Seen)
            Learn(container, tick, isFound: false);
        foreach (var container in outcome.Gone)
            Drop(container, _ticks.Next());
        // A step that was ended early for another one has no say about the pod any more.
        if (pod.Step != step)
            return;
        pod.Step = null;
        var slot = SlotOf(step.Action);
        if (outcome.Failure is { } failure)
            Failed(pod, slot, failure);
        else if (step.Action is PodAction.Stop && !_stop.IsCancellationRequested)
            Forget(uid, pod);
        else if (step.Action is PodAction.Run or PodAction.Start)
            Started(pod, slot, step.Action);
        else
            pod.Recover(slot);
    }

    private void Started(PodState pod, string slot, PodAction action)
    {
        pod.Recover(slot);
        _events.OfPod(pod.Identity, isWarning: false, "Started", $"Started container {slot}");
        if (action is PodAction.Run && _engine.OnCreated())
        {
            TellEngine(isWarning: false, "DiskRecovered", "Containers can be made again");
            EngineChanged();
        }
    }

    private void Failed(PodState pod, string slot, RuntimeException failure)
    {
        var now = _time.GetUtcNow();
        var reason = Reasons.Of(failure);
        LogFailed(pod.Identity.Name, failure.Message);
        switch (failure.Failure)
        {
            case RuntimeFailure.EngineUnavailable:
                pod.Fail(slot, reason, failure.Message, now, EngineRetry);
                break;
            case RuntimeFailure.DiskFull:
                pod.Fail(slot, reason, failure.Message, now, TimeSpan.Zero);
                if (_engine.OnDiskFull(failure.Message, now))
                    TellEngine(isWarning: true, reason, failure.Message);
                EngineChanged();
                break;
            default:
                pod.Fail(slot, reason, failure.Message, now);
                _events.OfPod(pod.Identity, isWarning: true, reason, failure.Message);
                break;
        }
    }

    private static string SlotOf(PodAction action) => action switch
    {
        PodAction.Run run => run.Slot,
        PodAction.Start start => start.Slot,
        _ => "",
    };

    private void Forget(string uid, PodState pod)
    {
        var state = _uids[uid];
        var tick = _ticks.Next();
        foreach (var known in state.Containers.Values.Where(known => known.Pod == pod.Identity.Name).ToList())
            Drop(known.Container.Id, tick);
        state.Pods.Remove(pod.Identity.Name);
        _publisher.RemovePod(pod.Identity);
    }

    private void Learn(Container container, long tick, bool isFound)
    {
        if (PodLabelling.Read(container.Labels) is not { } identity || (_goneAt.TryGetValue(container.Id, out var goneAt) && goneAt > tick))
            return;
        if (!_uids.TryGetValue(identity.WorkUid, out var state))
            _uids[identity.WorkUid] = state = new UidState();
        var before = state.Containers.GetValueOrDefault(container.Id);
        if (before?.Tick > tick)
            return;
        if (!state.Pods.TryGetValue(identity.Name, out var pod))
            state.Pods[identity.Name] = pod = new PodState(identity);

        var isSameRun = before is not null && before.Container.StartedAt == container.StartedAt;
        state.Containers[container.Id] = new KnownContainer(container, tick, isSameRun ? before!.IsAdopted : isFound && before is null)
        {
            IsProbedReady = isSameRun ? before!.IsProbedReady : null,
            LivenessFailed = isSameRun && before!.LivenessFailed,
        };
        _uidOf[container.Id] = identity.WorkUid;
        _dirty.Add(identity.WorkUid);
        if (isSameRun && before!.Container.State == Runtime.ContainerState.Running && container.State == Runtime.ContainerState.Exited && pod.StoppingSince is null)
            _events.OfPod(identity, isWarning: true, "Ended", $"Container {container.Name} ended with exit code {container.ExitCode}");
    }

    /// <summary>
    /// Acts on the end of a container before the look that confirms it: an engine answers no question about a container while it still takes its
    /// network down, and the replacement need not wait for that. An end from before its present start is an old one, repeated.
    /// </summary>
    private void BelieveEnd(string uid, RuntimeEvent change)
    {
        if (change.Kind != RuntimeEventKind.Died || !_uids.TryGetValue(uid, out var state)
            || !state.Containers.TryGetValue(change.ContainerId, out var known)
            || known.Container.State != Runtime.ContainerState.Running || !(change.At > known.Container.StartedAt))
            return;
        var ended = known.Container with { State = Runtime.ContainerState.Exited, FinishedAt = change.At, ExitCode = change.ExitCode, IpAddress = null, Pid = null };
        Learn(ended, _ticks.Next(), isFound: false);
    }

    private void Drop(string container, long tick)
    {
        _goneAt[container] = tick;
        if (!_uidOf.Remove(container, out var uid) || !_uids.TryGetValue(uid, out var state))
            return;
        state.Containers.Remove(container);
        _dirty.Add(uid);
    }

    /// <summary>What a look that began at <paramref name="since"/> did not find is gone, unless it was seen later.</summary>
    private void DropAllBut(HashSet<string> found, long since)
    {
        foreach (var known in _uids.Values.SelectMany(state => state.Containers.Values).Where(known => known.Tick < since && !found.Contains(known.Container.Id)).ToList())
            Drop(known.Container.Id, since);
    }

    private void Look(string container) => _starts.Add(() => _ = LookAsync(container));

    private async Task LookAsync(string container)
    {
        try
        {
            var outcome = await _steps.LookAsync(container, failure: null, _stop.Token);
            Post(() =>
            {
                foreach (var (seen, tick) in outcome.Seen)
                    Learn(seen, tick, isFound: true);
                foreach (var gone in outcome.Gone)
                    Drop(gone, _ticks.Next());
            });
        }
        catch (OperationCanceledException)
        {
            // The agent ends.
        }
    }

    private void MarkDue()
    {
        var now = _time.GetUtcNow();
        _dirty.UnionWith(_uids.Where(pair => pair.Value.NextLook <= now).Select(pair => pair.Key));
    }

    private void TellEngine(bool isWarning, string reason, string message)
    {
        _events.OfCluster(isWarning, reason, message);
        _events.OfNode(_cluster.Node, isWarning, reason, message);
    }

    private void EngineChanged()
    {
        _dirty.UnionWith(_uids.Keys);
        _cluster.Publish(_engine, _settings);
    }

    private static bool IsUnsettled(UidState state) =>
        state.Observe().Any(pod => pod.IsRunning && pod.Latest.Any(container => container.Readiness == Readiness.Assumed));

    private void Settle()
    {
        if (_isSettled)
            return;
        _isSettled = true;
        Settled?.Invoke();
    }

    [LoggerMessage(EventId = 501, Level = LogLevel.Information, Message = "Found {Containers} containers of this cluster; what runs goes on")]
    private partial void LogAdopted(int containers);

    [LoggerMessage(EventId = 502, Level = LogLevel.Debug, Message = "Step: {Action}")]
    private partial void LogStep(PodAction action);

    [LoggerMessage(EventId = 503, Level = LogLevel.Warning, Message = "{Pod}: {Problem}")]
    private partial void LogFailed(string pod, string problem);

    [LoggerMessage(EventId = 504, Level = LogLevel.Error, Message = "{Pod}: {Step} failed in a way that was not foreseen")]
    private partial void LogUnforeseen(Exception exception, string pod, string step);
}
