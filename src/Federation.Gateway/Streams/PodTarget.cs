using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Gateway.Http;
using Federation.Gateway.Pods;

namespace Federation.Gateway.Streams;

/// <summary>A pod that somebody wants a stream of, and the cluster whose agent can give it.</summary>
internal sealed record PodTarget(Pod Pod, string Cluster)
{
    private const string DefaultContainerAnnotation = "kubectl.kubernetes.io/default-container";

    /// <exception cref="RefusedException">404: there is no such pod.</exception>
    public static PodTarget Find(PodDirectory pods, ObjectKey key)
    {
        var view = pods.Find(key) ?? throw new RefusedException(Statuses.NotFound(Kinds.Pod, key.Name));
        var pod = (Pod)view.Resource;
        return new PodTarget(pod, pod.Metadata.Labels[PodLabels.Cluster]);
    }

    /// <summary>The container asked for; else the one that the pod's annotation names; else the only one.</summary>
    /// <exception cref="RefusedException">400: there is none of this name, or several to choose from.</exception>
    public string ContainerOf(string? wanted)
    {
        var names = Pod.Spec.Containers.Select(container => container.Name).ToList();
        if (!string.IsNullOrEmpty(wanted))
            return names.Contains(wanted) ? wanted : throw new RefusedException(Statuses.BadRequest($"container {wanted} is not valid for pod {Pod.Metadata.Name}"));
        if (names.Count == 1)
            return names[0];
        return Pod.Metadata.Annotations.TryGetValue(DefaultContainerAnnotation, out var chosen) && names.Contains(chosen)
            ? chosen
            : throw new RefusedException(Statuses.BadRequest($"a container name must be specified for pod {Pod.Metadata.Name}, choose one of: [{string.Join(' ', names)}]"));
    }
}
