using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pods;
using MemberCluster.Agent.Pods;
using RuntimeState = MemberCluster.Agent.Runtime.ContainerState;

namespace MemberCluster.Agent.Reports;

/// <summary>A pod as the API shows it. Pure.</summary>
internal static class PodView
{
    /// <param name="pod">As observed.</param>
    /// <param name="template">The template it was made from; null when nobody holds it.</param>
    /// <param name="settings">Of the cluster.</param>
    /// <param name="now">Back-offs are judged at this time.</param>
    /// <param name="previous">As it was shown before, for the times of transitions; null the first time.</param>
    /// <param name="stoppingSince">When it was told to stop.</param>
    public static Pod Of(ObservedPod pod, PodTemplate? template, PodSettings settings, DateTimeOffset now, Pod? previous, DateTimeOffset? stoppingSince)
    {
        var identity = pod.Identity;
        var slots = template is null
            ? [.. pod.Latest.Select(container => new ContainerSpec { Name = container.Slot, Image = container.Image })]
            : template.Spec.Containers;
        var isReady = IsReady(pod, slots.Count);
        var created = pod.Containers.IsEmpty ? previous?.Metadata.CreationTimestamp ?? now : pod.CreatedAt;
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                Name = identity.Name,
                Namespace = identity.Namespace,
                Uid = identity.Uid,
                CreationTimestamp = previous?.Metadata.CreationTimestamp ?? created,
                DeletionTimestamp = stoppingSince + pod.Grace,
                DeletionGracePeriodSeconds = stoppingSince is null ? null : (long)pod.Grace.TotalSeconds,
                Labels = LabelsOf(identity, template, settings),
                Annotations = template?.Metadata.Annotations ?? ImmutableDictionary<string, string>.Empty,
                OwnerReferences = [new OwnerReference { ApiVersion = "federation/v1", Kind = identity.Kind, Name = identity.Owner, Uid = identity.WorkUid, Controller = true }],
            },
            Spec = (template?.Spec ?? new PodSpec { Containers = slots }) with { NodeName = settings.Node },
            Status = new PodStatus
            {
                Phase = pod.Containers.Any(container => container.StartedAt is not null) ? "Running" : "Pending",
                PodIP = pod.Holder?.IpAddress,
                HostIP = settings.HostIP,
                StartTime = previous?.Status.StartTime ?? created,
                Conditions = (previous?.Status.Conditions ?? []).With(ReadyCondition(pod, isReady), now),
                ContainerStatuses = [.. slots.Select(slot => StatusOf(pod, slot, now))],
            },
        };
    }

    /// <summary>It may serve: an adopted pod counts until a probe says otherwise.</summary>
    public static bool IsReady(ObservedPod pod, int containers) =>
        pod.Latest.Length == containers && !pod.IsStopping && !pod.IsUnready;

    private static Condition ReadyCondition(ObservedPod pod, bool isReady) => new()
    {
        Type = PodConditions.Ready,
        Status = isReady ? ConditionStatus.True : ConditionStatus.False,
        Reason = isReady ? "" : pod.IsStopping ? "Terminating" : pod.IsRunning ? "ContainersNotReady" : "ContainersNotRunning",
    };

    private static Dictionary<string, string> LabelsOf(PodIdentity pod, PodTemplate? template, PodSettings settings) =>
        new(template?.Metadata.Labels ?? ImmutableDictionary<string, string>.Empty)
        {
            [PodLabels.Cluster] = settings.Cluster,
            [PodLabels.Region] = settings.Region,
            [PodLabels.Kind] = pod.Kind,
            [PodLabels.Name] = pod.Owner,
            [PodLabels.TemplateHash] = pod.TemplateHash,
            [PodLabels.Uid] = pod.WorkUid,
        };

    private static ContainerStatus StatusOf(ObservedPod pod, ContainerSpec slot, DateTimeOffset now)
    {
        ImmutableArray<ObservedContainer> lives =
            [.. pod.Containers.Where(container => container.Slot == slot.Name).OrderByDescending(container => container.Restarts).ThenByDescending(container => container.CreatedAt)];
        var current = lives.FirstOrDefault();
        var before = lives.Skip(1).FirstOrDefault(container => container.IsDead);
        var waitsUntil = current is { IsDead: true } ? CrashBackOff.ReplaceAt(current) : now;
        var isBackingOff = waitsUntil > now;
        return new ContainerStatus
        {
            Name = slot.Name,
            Ready = current is { IsRunning: true } && current.Readiness != Readiness.NotReady,
            Started = current is { IsRunning: true },
            RestartCount = current?.Restarts ?? 0,
            Image = current?.Image ?? slot.Image,
            ImageID = current?.ImageId ?? "",
            ContainerID = current is null ? null : "docker://" + current.Id,
            State = current switch
            {
                { IsRunning: true } => new ContainerState { Running = new ContainerStateRunning { StartedAt = current.StartedAt } },
                { IsDead: true } when isBackingOff => Waiting(Reasons.CrashLoopBackOff, $"it is started again at {waitsUntil:HH:mm:ss} after {Ended(current)}"),
                { IsDead: true } => new ContainerState { Terminated = Terminated(current) },
                _ when pod.FailureOf(slot.Name) is { } failure => Waiting(failure.Reason, failure.Message),
                _ => Waiting(Reasons.ContainerCreating, null),
            },
            LastState = current is { IsDead: true } && isBackingOff ? new ContainerState { Terminated = Terminated(current) }
                : before is not null ? new ContainerState { Terminated = Terminated(before) }
                : new ContainerState(),
        };
    }

    public static string Ended(ObservedContainer container) =>
        container.OomKilled ? "running out of memory" : $"ending with exit code {container.ExitCode ?? 0}";

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
