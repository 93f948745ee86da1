using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Pods;

namespace Federation.Gateway.Tables;

internal sealed class PodColumns : ITableColumns
{
    public string Kind => Pod.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Ready", "Ready containers of all.", static (resource, _) => Ready((Pod)resource)),
        new("Status", "What the pod is doing.", static (resource, _) => Status((Pod)resource)),
        new("Restarts", "Restarts of its containers.", static (resource, _) => Restarts((Pod)resource)) { Type = "integer" },
        CommonColumns.Age,
        new("Region", "Where it runs.", static (resource, _) => Label(resource, PodLabels.Region)),
        new("Cluster", "Which cluster runs it.", static (resource, _) => Label(resource, PodLabels.Cluster)),
        new("IP", "Its address within the cluster.", static (resource, _) => CommonColumns.OrNone(((Pod)resource).Status.PodIP)),
        new("Node", "Its machine.", static (resource, _) => CommonColumns.OrNone(((Pod)resource).Spec.NodeName)) { IsWide = true },
        new("Images", "The containers' images.", static (resource, _) => CommonColumns.Join(((Pod)resource).Spec.Containers.Select(container => container.Image))) { IsWide = true },
    ];

    private static string Ready(Pod pod)
    {
        var all = Math.Max(pod.Spec.Containers.Count, pod.Status.ContainerStatuses.Count);
        return $"{pod.Status.ContainerStatuses.Count(container => container.Ready)}/{all}";
    }

    /// <summary>The most telling reason there is, else the phase.</summary>
    private static string Status(Pod pod)
    {
        if (pod.Status.Reason is { Length: > 0 } lost && pod.Status.Phase == "Unknown")
            return lost;
        if (pod.IsDeleting)
            return "Terminating";
        if (IsInitializing(pod) && InitStatus(pod) is { } init)
            return init;
        var states = pod.Status.ContainerStatuses.Select(container => container.State).ToList();
        var telling = states.Select(state => state.Waiting?.Reason).FirstOrDefault(reason => !string.IsNullOrEmpty(reason))
            ?? states.Select(state => state.Terminated).Where(ended => ended is not null)
                .Select(ended => string.IsNullOrEmpty(ended!.Reason) ? $"ExitCode:{ended.ExitCode}" : ended.Reason).FirstOrDefault()
            ?? (string.IsNullOrEmpty(pod.Status.Reason) ? pod.Status.Phase : pod.Status.Reason);
        // One container of several has done its work; the others go on.
        return telling == "Completed" && states.Any(state => state.Running is not null) ? pod.Status.Conditions.IsTrue(PodConditions.Ready) ? "Running" : "NotReady" : telling;
    }

    private static bool IsInitializing(Pod pod) => pod.Status.InitContainerStatuses.Count > 0 && !pod.Status.Conditions.IsTrue(PodConditions.Initialized);

    /// <summary>As kubectl's users know it: <c>Init:1/2</c>, <c>Init:CrashLoopBackOff</c>; null when all of them have ended well.</summary>
    private static string? InitStatus(Pod pod)
    {
        var all = pod.Status.InitContainerStatuses;
        for (var index = 0; index < all.Count; index++)
        {
            var state = all[index].State;
            if (state.Terminated is { ExitCode: 0 })
                continue;
            if (state.Terminated is { } ended)
                return string.IsNullOrEmpty(ended.Reason) ? $"Init:ExitCode:{ended.ExitCode}" : $"Init:{ended.Reason}";
            return state.Waiting?.Reason is { Length: > 0 } reason and not ("PodInitializing" or "ContainerCreating") ? $"Init:{reason}" : $"Init:{index}/{all.Count}";
        }

        return null;
    }

    /// <summary>While it is prepared, those of the containers that prepare it.</summary>
    private static int Restarts(Pod pod) =>
        (IsInitializing(pod) ? pod.Status.InitContainerStatuses : pod.Status.ContainerStatuses).Sum(container => container.RestartCount);

    private static string Label(Resource resource, string name) => CommonColumns.OrNone(resource.Metadata.Labels.GetValueOrDefault(name));
}
