using Federation.Api.Apps;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>What one pod needs so that all its containers run, or run to their end. At most one step at a time.</summary>
/// <remarks>
/// First the init containers, one after the other, each in a network of its own; then the containers, of which the first owns the network of the others.
/// Once a container was made, the init containers have done their part, whatever happens to it later.
/// </remarks>
internal static class PodRepair
{
    /// <summary>Containers that died are replaced by new ones as the restart policy says; the last dead one stays for its logs.</summary>
    public static void ByTemplate(ObservedPod pod, PodSpec template, PlanSteps steps)
    {
        if (template.Containers.Count == 0)
            return;
        if (pod.Outcome is null && (Init(pod, template, steps) || Containers(pod, template, steps)))
            return;
        if (Leftover(pod) is { } leftover)
            steps.Retry(pod, slot: "", new PodAction.Remove(pod.Name, leftover.Id));
    }

    /// <summary>Nobody holds the template, so nothing can be made: what died is started again as it is.</summary>
    public static void InPlace(ObservedPod pod, PlanSteps steps)
    {
        if (pod.Outcome is not null)
            return;
        var holder = pod.Holder;
        var waiting = pod.Latest.IsEmpty ? pod.LatestInit.RemoveAll(IsDone) : pod.Latest.RemoveAll(container => container.IsFinal(pod.Identity.RestartPolicy));
        foreach (var container in waiting.OrderBy(container => container.SharesNetworkOf is not null))
        {
            if (container.State == ContainerState.Created)
            {
                steps.Retry(pod, container.Slot, new PodAction.Start(pod.Name, container.Slot, container.Id));
                return;
            }

            if (container.IsDead)
            {
                steps.Retry(pod, container.Slot, CrashBackOff.RestartAt(container), new PodAction.Start(pod.Name, container.Slot, container.Id));
                return;
            }

            if (container.IsRunning && IsCutOff(container, holder))
            {
                steps.Retry(pod, slot: "", new PodAction.Kill(pod.Name, container.Slot, container.Id, TimeSpan.Zero, "NetworkLost"));
                return;
            }
        }
    }

    private static bool Init(ObservedPod pod, PodSpec template, PlanSteps steps)
    {
        if (!pod.Latest.IsEmpty)
            return false;
        foreach (var slot in template.InitContainers.Select(container => container.Name))
        {
            var container = pod.LatestInit.FirstOrDefault(container => container.Slot == slot);
            if (container is not null && IsDone(container))
                continue;
            StepFor(pod, slot, container, holderId: null, steps);
            return true;
        }

        return false;
    }

    private static bool Containers(ObservedPod pod, PodSpec template, PlanSteps steps)
    {
        var holderSlot = template.Containers[0].Name;
        if (StepFor(pod, holderSlot, Latest(pod, holderSlot), holderId: null, steps))
            return true;
        // One that has ended for good owns no network any more: what still is to run gets its own.
        var holderId = Latest(pod, holderSlot) is { IsRunning: true } holder ? holder.Id : null;
        return template.Containers.Skip(1).Any(container => StepFor(pod, container.Name, Latest(pod, container.Name), holderId, steps));
    }

    /// <summary>True when the container needs something, now or later: the containers after it must wait.</summary>
    private static bool StepFor(ObservedPod pod, string slot, ObservedContainer? container, string? holderId, PlanSteps steps)
    {
        if (container is null)
        {
            steps.Retry(pod, slot, new PodAction.Run(pod.Name, slot, Restarts: 0, CrashLevel: 0, holderId));
            return true;
        }

        if (container.IsFinal(pod.Identity.RestartPolicy))
            return false;

        // It would start in, or runs in, a network that is gone with the container that owned it: not its own fault.
        var isCutOff = holderId is not null && container.SharesNetworkOf != holderId;
        if (isCutOff && !container.IsRunning)
        {
            steps.Retry(pod, slot, new PodAction.Run(pod.Name, slot, container.Restarts + 1, container.CrashLevel, holderId));
            return true;
        }

        if (container.State == ContainerState.Created)
        {
            // One whose start failed makes room for another: an engine that stopped in the middle of a start refuses that container ever after.
            if (pod.FailureOf(slot) is null)
                steps.Retry(pod, slot, new PodAction.Start(pod.Name, slot, container.Id));
            else
                steps.Retry(pod, slot: "", new PodAction.Remove(pod.Name, container.Id));
            return true;
        }

        if (container.IsDead)
        {
            var level = CrashBackOff.EffectiveLevel(container) + 1;
            steps.Retry(pod, slot, CrashBackOff.ReplaceAt(container), new PodAction.Run(pod.Name, slot, container.Restarts + 1, level, holderId));
            return true;
        }

        if (container.IsRunning && (isCutOff || container.LivenessFailed))
        {
            var grace = isCutOff ? TimeSpan.Zero : container.KillGrace ?? pod.Identity.Grace;
            steps.Retry(pod, slot: "", new PodAction.Kill(pod.Name, container.Slot, container.Id, grace, isCutOff ? "NetworkLost" : "Unhealthy"));
            return true;
        }

        return !container.IsRunning;
    }

    private static bool IsDone(ObservedContainer init) => init is { IsDead: true, ExitCode: 0 };

    private static bool IsCutOff(ObservedContainer container, ObservedContainer? holder) =>
        container.SharesNetworkOf is not null && holder is not null && holder.IsRunning
        && (container.SharesNetworkOf != holder.Id || holder.StartedAt > container.StartedAt);

    private static ObservedContainer? Latest(ObservedPod pod, string slot) => pod.Latest.FirstOrDefault(container => container.Slot == slot);

    /// <summary>Anything but the newest container of a name and the dead one before it.</summary>
    private static ObservedContainer? Leftover(ObservedPod pod) => pod.Containers
        .GroupBy(container => container.Slot)
        .SelectMany(group => group.OrderByDescending(container => container.Restarts).ThenByDescending(container => container.CreatedAt)
            .Where((container, index) => index > 1 || (index == 1 && !container.IsDead)))
        .FirstOrDefault();
}
