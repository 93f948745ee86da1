using Federation.Api.Apps;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>What one pod needs so that all its containers run. At most one step at a time.</summary>
internal static class PodRepair
{
    /// <summary>Containers that died are replaced by new ones; the last dead one stays for its logs.</summary>
    public static void ByTemplate(ObservedPod pod, PodSpec template, PlanSteps steps)
    {
        if (template.Containers.Count == 0)
            return;
        var holderSlot = template.Containers[0].Name;
        var holder = Latest(pod, holderSlot);
        if (StepFor(pod, holderSlot, holder, holderId: null, steps))
            return;
        foreach (var slot in template.Containers.Skip(1).Select(container => container.Name))
        {
            if (StepFor(pod, slot, Latest(pod, slot), holder!.Id, steps))
                return;
        }

        if (Leftover(pod) is { } leftover)
            steps.Retry(pod, slot: "", new PodAction.Remove(pod.Name, leftover.Id));
    }

    /// <summary>Nobody holds the template, so nothing can be made: what died is started again as it is.</summary>
    public static void InPlace(ObservedPod pod, PlanSteps steps)
    {
        var holder = pod.Holder;
        foreach (var container in pod.Latest.OrderBy(container => container.SharesNetworkOf is not null))
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
                steps.Retry(pod, slot: "", new PodAction.Kill(pod.Name, container.Id, TimeSpan.Zero, "NetworkLost"));
                return;
            }
        }
    }

    /// <summary>True when the container needs something, now or later: the containers after it must wait.</summary>
    private static bool StepFor(ObservedPod pod, string slot, ObservedContainer? container, string? holderId, PlanSteps steps)
    {
        if (container is null)
        {
            steps.Retry(pod, slot, new PodAction.Run(pod.Name, slot, Restarts: 0, CrashLevel: 0, holderId));
            return true;
        }

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
            var grace = isCutOff ? TimeSpan.Zero : pod.Identity.Grace;
            steps.Retry(pod, slot: "", new PodAction.Kill(pod.Name, container.Id, grace, isCutOff ? "NetworkLost" : "Unhealthy"));
            return true;
        }

        return !container.IsRunning;
    }

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
