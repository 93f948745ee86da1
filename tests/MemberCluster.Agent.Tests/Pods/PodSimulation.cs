using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Pods;

/// <summary>Pods that planned steps really change, instantly or not at all, so that plans can be followed to their end without an engine.</summary>
internal sealed class PodSimulation(Random random)
{
    private readonly Dictionary<string, ObservedPod> _pods = [];
    private int _containers;

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public ImmutableArray<ObservedPod> Pods => [.. _pods.Values.OrderBy(pod => pod.Name, StringComparer.Ordinal)];

    /// <summary>Whether pods of a template get ready once they run.</summary>
    public Func<string, bool> GetsReady { get; set; } = _ => true;

    public PodPlan Plan(DesiredPods desired) => PodPlanner.Plan(desired, Pods, new PlanContext(Now, "c1"));

    public void Advance(TimeSpan time) => Now += time;

    /// <summary>Takes steps; with a chance each fails or only happens in part, as when an agent dies in the middle.</summary>
    public void Take(PodPlan plan, Work? work, double failures = 0)
    {
        foreach (var action in plan.Actions)
        {
            if (random.NextDouble() >= failures)
                Take(action, work);
            else if (action is PodAction.Stop)
                // That a pod is to stop is remembered before its stop is tried.
                _pods[action.Pod] = _pods[action.Pod] with { IsStopping = true };
        }

        foreach (var pod in Pods)
        {
            if (pod.IsRunning && GetsReady(pod.Identity.TemplateHash))
                Replace(pod.Name, [.. pod.Containers.Select(container => container.IsRunning ? container with { Readiness = Readiness.Ready } : container)]);
        }
    }

    /// <summary>Something that happens to a pod by itself.</summary>
    public void Disturb()
    {
        var pod = _pods.Count == 0 ? null : _pods.Values.ElementAt(random.Next(_pods.Count));
        if (pod is null || pod.Containers.IsEmpty)
            return;
        var victim = pod.Containers[random.Next(pod.Containers.Length)];
        Replace(pod.Name, random.Next(4) switch
        {
            0 => [.. pod.Containers.Where(container => container.Id != victim.Id)],
            1 => pod.Containers.Replace(victim, victim with { LivenessFailed = victim.IsRunning }),
            2 => pod.Containers.Replace(victim, victim with { Readiness = Readiness.NotReady }),
            _ => pod.Containers.Replace(victim, Ended(victim)),
        });
    }

    public void Crash(string container)
    {
        var pod = _pods.Values.Single(pod => pod.Containers.Any(candidate => candidate.Id == container));
        var victim = pod.Containers.Single(candidate => candidate.Id == container);
        Replace(pod.Name, pod.Containers.Replace(victim, Ended(victim)));
    }

    /// <summary>A new agent: what was only remembered is gone.</summary>
    public void RestartAgent()
    {
        foreach (var pod in Pods)
        {
            if (pod.Containers.IsEmpty)
                _pods.Remove(pod.Name);
            else
                _pods[pod.Name] = pod with { IsStopping = false, Failures = [] };
        }
    }

    private void Take(PodAction action, Work? work)
    {
        switch (action)
        {
            case PodAction.Create create:
                _pods.ContainsKey(create.Pod).ShouldBeFalse("a name is used once at a time");
                _pods[create.Pod] = ObservedPod.Create(PodContainers.NewIdentity(work!, create, $"pod-{_containers++}"), []);
                break;
            case PodAction.Run run:
                var pod = _pods[run.Pod];
                pod.Containers.ShouldNotContain(container => container.Slot == run.Slot && container.IsRunning, "one container of a name runs at a time");
                Replace(run.Pod, pod.Containers.Add(NewContainer(run)));
                break;
            case PodAction.Start start:
                Change(start.Pod, start.Container, container => container with { State = ContainerState.Running, StartedAt = Now });
                break;
            case PodAction.Kill kill:
                Change(kill.Pod, kill.Container, Ended);
                break;
            case PodAction.Remove remove:
                _pods[remove.Pod].Containers.Single(container => container.Id == remove.Container).IsRunning.ShouldBeFalse();
                Replace(remove.Pod, [.. _pods[remove.Pod].Containers.Where(container => container.Id != remove.Container)]);
                break;
            case PodAction.Stop stop:
                if (random.Next(2) == 0)
                    _pods.Remove(stop.Pod);
                else
                    _pods[stop.Pod] = _pods[stop.Pod] with { IsStopping = true };
                break;
        }
    }

    private ObservedContainer NewContainer(PodAction.Run run) => new()
    {
        Id = $"c{_containers++}",
        Slot = run.Slot,
        // Sometimes the agent dies between making and starting.
        State = random.Next(8) == 0 ? ContainerState.Created : ContainerState.Running,
        CreatedAt = Now,
        StartedAt = Now,
        Restarts = run.Restarts,
        CrashLevel = run.CrashLevel,
        SharesNetworkOf = run.Holder,
    };

    private ObservedContainer Ended(ObservedContainer container) =>
        container.IsRunning ? container with { State = ContainerState.Exited, FinishedAt = Now, ExitCode = 1, Readiness = Readiness.NotReady, LivenessFailed = false } : container;

    private void Change(string pod, string id, Func<ObservedContainer, ObservedContainer> change) =>
        Replace(pod, [.. _pods[pod].Containers.Select(container => container.Id == id ? change(container) : container)]);

    private void Replace(string pod, ImmutableArray<ObservedContainer> containers)
    {
        var before = _pods[pod];
        _pods[pod] = ObservedPod.Create(before.Identity, containers) with { IsStopping = before.IsStopping, Failures = before.Failures, IsBusy = before.IsBusy };
    }
}
