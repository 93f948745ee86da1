using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Jobs;
using Federation.Api.Meta;
using Federation.Api.Pods;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Reports;

/// <summary>A pod as the API shows it. Pure.</summary>
internal static class PodView
{
    /// <param name="pod">As observed.</param>
    /// <param name="template">The template it was made from; null when nobody holds it.</param>
    /// <param name="settings">Of the cluster.</param>
    /// <param name="now">Back-offs are judged at this time of the agent's own clock.</param>
    /// <param name="wall">The time as it is shown to people.</param>
    /// <param name="previous">As it was shown before, for the times of transitions; null the first time.</param>
    /// <param name="stoppingSince">When it was told to stop.</param>
    public static Pod Of(ObservedPod pod, PodTemplate? template, PodSettings settings, DateTimeOffset now, DateTimeOffset wall, Pod? previous, DateTimeOffset? stoppingSince)
    {
        var identity = pod.Identity;
        var slots = template is null
            ? [.. pod.Latest.Select(container => new ContainerSpec { Name = container.Slot, Image = container.Image })]
            : template.Spec.Containers;
        var init = template is null
            ? [.. pod.LatestInit.Select(container => new ContainerSpec { Name = container.Slot, Image = container.Image })]
            : template.Spec.InitContainers;
        var isReady = IsReady(pod, slots.Count);
        var created = pod.Containers.IsEmpty ? previous?.Metadata.CreationTimestamp ?? wall : pod.CreatedAt;
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
                Phase = PhaseOf(pod),
                PodIP = pod.Holder?.IpAddress,
                HostIP = settings.HostIP,
                StartTime = previous?.Status.StartTime ?? created,
                Conditions = (previous?.Status.Conditions ?? []).With(InitializedCondition(pod, init), wall).With(ReadyCondition(PodConditions.ContainersReady, pod, isReady), wall)
                    .With(ReadyCondition(PodConditions.Ready, pod, isReady), wall),
                InitContainerStatuses = [.. init.Select(slot => ContainerView.OfInit(pod, slot, now))],
                ContainerStatuses = [.. slots.Select(slot => ContainerView.Of(pod, slot, now))],
            },
        };
    }

    /// <summary>It may serve: an adopted pod counts until a probe says otherwise.</summary>
    public static bool IsReady(ObservedPod pod, int containers) =>
        pod.Latest.Length == containers && !pod.IsStopping && !pod.IsUnready;

    private static string PhaseOf(ObservedPod pod) => pod.Outcome switch
    {
        PodOutcome.Succeeded => "Succeeded",
        PodOutcome.Failed => "Failed",
        _ => pod.Latest.Any(container => container.StartedAt is not null) ? "Running" : "Pending",
    };

    private static Condition InitializedCondition(ObservedPod pod, IReadOnlyList<ContainerSpec> init)
    {
        var isDone = pod.Latest.Length > 0 || init.All(slot => pod.LatestInit.Any(container => container.Slot == slot.Name && container is { IsDead: true, ExitCode: 0 }));
        return new Condition
        {
            Type = PodConditions.Initialized,
            Status = isDone ? ConditionStatus.True : ConditionStatus.False,
            Reason = isDone ? "" : "ContainersNotInitialized",
        };
    }

    private static Condition ReadyCondition(string type, ObservedPod pod, bool isReady) => new()
    {
        Type = type,
        Status = isReady ? ConditionStatus.True : ConditionStatus.False,
        Reason = isReady ? "" : pod.IsStopping ? "Terminating" : pod.Outcome is { } outcome ? $"Pod{outcome}" : pod.IsRunning ? "ContainersNotReady" : "ContainersNotRunning",
    };

    private static Dictionary<string, string> LabelsOf(PodIdentity pod, PodTemplate? template, PodSettings settings)
    {
        var labels = new Dictionary<string, string>(template?.Metadata.Labels ?? ImmutableDictionary<string, string>.Empty)
        {
            [PodLabels.Cluster] = settings.Cluster,
            [PodLabels.Region] = settings.Region,
            [PodLabels.Kind] = pod.Kind,
            [PodLabels.Name] = pod.Owner,
            [PodLabels.TemplateHash] = pod.TemplateHash,
            [PodLabels.Uid] = pod.WorkUid,
        };
        if (pod.Kind == Job.KindName || pod.Epoch is not null)
            labels[PodLabels.Ordinal] = pod.Ordinal.ToString(CultureInfo.InvariantCulture);
        if (pod.Epoch is { } epoch)
            labels[PodLabels.Epoch] = epoch.ToString(CultureInfo.InvariantCulture);
        return labels;
    }
}
