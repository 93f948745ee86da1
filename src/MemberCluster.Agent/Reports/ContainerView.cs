using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Api.Pods;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Pods;
using RuntimeState = MemberCluster.Agent.Runtime.ContainerState;

namespace MemberCluster.Agent.Reports;

/// <summary>A container of a pod as the API shows it. Pure.</summary>
internal static class ContainerView
{
    public static ContainerStatus Of(ObservedPod pod, ContainerSpec slot, DateTimeOffset now)
    {
        var status = Of(pod, slot, now, pod.Latest.IsEmpty && pod.LatestInit.Length > 0 ? "PodInitializing" : Reasons.ContainerCreating);
        var current = pod.Latest.FirstOrDefault(container => container.Slot == slot.Name);
        return status with
        {
            Ready = current is { IsRunning: true } && current.Readiness != Readiness.NotReady,
            Started = current is { IsRunning: true, HasStarted: true },
        };
    }

    /// <summary>Of one that runs before the others: it is ready once it has ended well.</summary>
    public static ContainerStatus OfInit(ObservedPod pod, ContainerSpec slot, DateTimeOffset now)
    {
        var current = pod.LatestInit.FirstOrDefault(container => container.Slot == slot.Name);
        var isNext = current is null && pod.LatestInit.All(container => container is { IsDead: true, ExitCode: 0 });
        return Of(pod, slot, now, isNext ? Reasons.ContainerCreating : "PodInitializing") with
        {
            Ready = current is { IsDead: true, ExitCode: 0 },
            Started = current is { IsRunning: true },
        };
    }

    public static string Ended(ObservedContainer container) =>
        container.OomKilled ? "running out of memory" : $"ending with exit code {container.ExitCode ?? 0}";

    private static ContainerStatus Of(ObservedPod pod, ContainerSpec slot, DateTimeOffset now, string notMade)
    {
        ImmutableArray<ObservedContainer> lives =
            [.. pod.Containers.Where(container => container.Slot == slot.Name).OrderByDescending(container => container.Restarts).ThenByDescending(container => container.CreatedAt)];
        var current = lives.FirstOrDefault();
        var before = lives.Skip(1).FirstOrDefault(container => container.IsDead);
        var isBackingOff = current is not null && IsBackingOff(pod, current, now);
        return new ContainerStatus
        {
            Name = slot.Name,
            RestartCount = current?.Restarts ?? 0,
            Image = slot.Image,
            ImageID = current is null ? "" : ImagePinning.DigestOf(current, slot.Image) ?? current.ImageId,
            ContainerID = current is null ? null : "docker://" + current.Id,
            State = current switch
            {
                { IsRunning: true } => new ContainerState { Running = new ContainerStateRunning { StartedAt = current.StartedAt } },
                { IsDead: true } when isBackingOff => Waiting(Reasons.CrashLoopBackOff, BackOffOf(current)),
                { IsDead: true } => new ContainerState { Terminated = Terminated(current) },
                _ when pod.FailureOf(slot.Name) is { } failure => Waiting(failure.Reason, failure.Message),
                _ => Waiting(notMade, null),
            },
            LastState = current is { IsDead: true } && isBackingOff ? new ContainerState { Terminated = Terminated(current) }
                : before is not null ? new ContainerState { Terminated = Terminated(before) }
                : new ContainerState(),
        };
    }

    /// <summary>It died, and waits to be started again.</summary>
    public static bool IsBackingOff(ObservedPod pod, ObservedContainer container, DateTimeOffset now) =>
        container.IsDead && !IsOver(pod, container) && CrashBackOff.ReplaceAt(container) > now;

    private static bool IsOver(ObservedPod pod, ObservedContainer container) =>
        container.IsFinal(pod.Identity.RestartPolicy) || container is { IsInit: true, ExitCode: 0 };

    private static string BackOffOf(ObservedContainer container) =>
        $"back-off {CrashBackOff.Delay(CrashBackOff.EffectiveLevel(container)).TotalSeconds:0} s after {Ended(container)}";

    private static ContainerState Waiting(string reason, string? message) =>
        new() { Waiting = new ContainerStateWaiting { Reason = reason, Message = message } };

    private static ContainerStateTerminated Terminated(ObservedContainer container) => new()
    {
        ExitCode = container.ExitCode ?? 0,
        Reason = container.OomKilled ? "OOMKilled" : container.ExitCode == 0 ? "Completed" : "Error",
        Message = container.State == RuntimeState.Dead ? container.Error : null,
        StartedAt = container.StartedAt,
        FinishedAt = container.FinishedAt,
        ContainerID = "docker://" + container.Id,
    };
}
