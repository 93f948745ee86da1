using System.Collections.Immutable;
using Federation.Api;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>
/// Keeps the containers in the book as they were last seen. Looks end in any order: each carries the tick of its beginning, and an older one neither
/// overrules a newer one nor brings back what is gone.
/// </summary>
internal sealed class ContainerTracker(PodBook book, AgentEvents events, Ticks ticks, SteadyClock clock)
{
    private readonly Dictionary<string, string> _uidOf = [];
    private readonly Dictionary<string, long> _goneAt = [];

    /// <summary>Takes in everything there is, as a look that began at <paramref name="since"/> found it.</summary>
    /// <param name="containers">All of this cluster.</param>
    /// <param name="since">When the look began.</param>
    /// <param name="isFirst">This agent has done nothing yet: what runs is adopted.</param>
    public void LearnAll(ImmutableArray<Container> containers, long since, bool isFirst)
    {
        DropAllBut(containers.Select(container => container.Id).ToHashSet(), since);
        foreach (var container in containers)
            Learn(container, since, isFound: true, isFirst);
    }

    /// <param name="outcome">What was seen, and what is gone.</param>
    /// <param name="isFound">Containers not known before were found, and may have begun long ago. They may be of a step that is under way, or was given up.</param>
    public void Learn(StepOutcome outcome, bool isFound)
    {
        foreach (var (container, tick) in outcome.Seen)
            Learn(container, tick, isFound);
        foreach (var container in outcome.Gone)
            Drop(container);
    }

    /// <summary>
    /// Acts on the end of a container before the look that confirms it: an engine answers no question about a container while it still takes its
    /// network down, and the replacement need not wait for that. An end from before its present start is an old one, repeated.
    /// </summary>
    public void BelieveEnd(string uid, RuntimeEvent change)
    {
        if (change.Kind != RuntimeEventKind.Died || !book.Uids.TryGetValue(uid, out var state)
            || !state.Containers.TryGetValue(change.ContainerId, out var known)
            || known.Container.State != ContainerState.Running || !(change.At > known.Container.StartedAt))
            return;
        var ended = known.Container with { State = ContainerState.Exited, FinishedAt = change.At, ExitCode = change.ExitCode, IpAddress = null, Pid = null };
        Learn(ended, ticks.Next(), isFound: false);
    }

    public void Believe(ProbeVerdict verdict)
    {
        if (Find(verdict.Container) is not { } known)
            return;
        var uid = _uidOf[verdict.Container];
        var state = book.Uids[uid];
        state.Containers[verdict.Container] = verdict.Kind switch
        {
            ProbeKind.Readiness => known with { IsProbedReady = verdict.Passing },
            ProbeKind.Startup when verdict.Passing => known with { HasStarted = true },
            _ => known with { LivenessFailed = !verdict.Passing, KillGrace = verdict.Grace },
        };
        if (!verdict.Passing && state.Pods.TryGetValue(known.Pod, out var pod))
            events.OfPod(pod.Identity, isWarning: true, "Unhealthy", $"{verdict.Kind} probe failed: {verdict.Detail}");
        book.Touch(uid);
    }

    /// <summary>Takes in what is gone according to a listing of everything there is, and tells which containers it shows otherwise than they are known.</summary>
    public ImmutableArray<string> Compare(ImmutableArray<ContainerSummary> containers, long since)
    {
        DropAllBut(containers.Select(container => container.Id).ToHashSet(), since);
        ImmutableArray<string> differing = [.. containers.Where(summary => IsNews(summary, since)).Select(summary => summary.Id)];
        foreach (var (id, _) in _goneAt.Where(pair => pair.Value < since).ToList())
            _goneAt.Remove(id);
        return differing;
    }

    /// <summary>The container is gone by now.</summary>
    public void Drop(string container) => Drop(container, ticks.Next());

    /// <summary>All containers of the pod are gone by now.</summary>
    public void DropPod(UidState state, string pod)
    {
        var tick = ticks.Next();
        foreach (var known in state.Containers.Values.Where(known => known.Pod == pod).ToList())
            Drop(known.Container.Id, tick);
    }

    private void Learn(Container container, long tick, bool isFound, bool isFirst = false)
    {
        if (PodLabelling.Read(container.Labels) is not { } identity || (_goneAt.TryGetValue(container.Id, out var goneAt) && goneAt > tick))
            return;
        var state = book.Open(identity.WorkUid);
        var before = state.Containers.GetValueOrDefault(container.Id);
        if (before?.Tick > tick)
            return;
        if (isFound && IsBegunByAStep(state, identity, before, container))
            return;
        if (!state.Pods.TryGetValue(identity.Name, out var pod) || IsOfEarlierPet(state, pod, identity))
            state.Pods[identity.Name] = pod = new PodState(identity);

        var isSameRun = before is not null && before.Container.StartedAt == container.StartedAt;
        // What this agent started itself has started just now, whatever the wall clock says.
        var began = isFound && container.StartedAt is { } started ? clock.Of(started) : clock.Now;
        state.Containers[container.Id] = new KnownContainer(container, tick, isSameRun ? before!.IsAdopted : isFirst)
        {
            IsProbedReady = isSameRun ? before!.IsProbedReady : null,
            LivenessFailed = isSameRun && before!.LivenessFailed,
            KillGrace = isSameRun ? before!.KillGrace : null,
            HasStarted = isSameRun && before!.HasStarted,
            SeenAt = clock.Now,
            RanFor = isSameRun ? before!.RanFor : clock.Now - began,
            BeganAt = isSameRun ? before!.BeganAt : container.StartedAt is null ? null : began,
            EndedAt = EndOf(container, isSameRun ? before : null, isFound),
        };
        _uidOf[container.Id] = identity.WorkUid;
        book.Touch(identity.WorkUid);
        if (isSameRun && before!.Container.State == ContainerState.Running && container.State == ContainerState.Exited && pod.StoppingSince is null)
            events.OfPod(identity, isWarning: true, "Ended", $"Container {container.Name} ended with exit code {container.ExitCode}");
    }

    /// <summary>A look has overtaken the step that starts it: until the step is done, a hook included, it does not run for anybody. The step tells what it has made.</summary>
    private static bool IsBegunByAStep(UidState state, PodIdentity identity, KnownContainer? before, Container container) =>
        container.State == ContainerState.Running && before?.Container.State != ContainerState.Running
        && state.Pods.GetValueOrDefault(identity.Name) is { Step: not null } pod && pod.Identity.Uid == identity.Uid;

    /// <summary>Pets have their names one after the other: what is found of an earlier one comes first, while the next one has no container yet.</summary>
    private static bool IsOfEarlierPet(UidState state, PodState known, PodIdentity found) =>
        found.Epoch is not null && found.Uid != known.Identity.Uid
        && !state.Containers.Values.Any(container => container.Container.Labels.GetValueOrDefault(PodLabels.PodUid) == known.Identity.Uid);

    /// <summary>By the steady clock; a container that was seen running has ended after that. Null while it runs.</summary>
    private DateTimeOffset? EndOf(Container container, KnownContainer? before, bool isFound)
    {
        if (container.State is not (ContainerState.Exited or ContainerState.Dead))
            return null;
        if (before?.EndedAt is { } known)
            return known;
        var ended = before is null && !isFound ? clock.Now : clock.Of(container.FinishedAt ?? container.CreatedAt);
        return ended < before?.SeenAt ? before.SeenAt : ended;
    }

    private void Drop(string container, long tick)
    {
        _goneAt[container] = tick;
        if (!_uidOf.Remove(container, out var uid) || !book.Uids.TryGetValue(uid, out var state))
            return;
        state.Containers.Remove(container);
        book.Touch(uid);
    }

    /// <summary>What a look that began at <paramref name="since"/> did not find is gone, unless it was seen later.</summary>
    private void DropAllBut(HashSet<string> found, long since)
    {
        foreach (var known in book.Uids.Values.SelectMany(state => state.Containers.Values).Where(known => known.Tick < since && !found.Contains(known.Container.Id)).ToList())
            Drop(known.Container.Id, since);
    }

    private bool IsNews(ContainerSummary summary, long since) =>
        Find(summary.Id) is not { } known
        || (known.Tick < since && (known.Container.State != summary.State || known.Container.IpAddress != summary.IpAddress));

    private KnownContainer? Find(string container) =>
        _uidOf.TryGetValue(container, out var uid) ? book.Uids[uid].Containers.GetValueOrDefault(container) : null;
}
