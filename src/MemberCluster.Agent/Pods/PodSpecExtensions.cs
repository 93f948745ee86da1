using Federation.Api.Apps;

namespace MemberCluster.Agent.Pods;

internal static class PodSpecExtensions
{
    /// <summary>The container of that name, one that runs before the others included; null when there is none.</summary>
    public static ContainerSpec? Find(this PodSpec spec, string slot) =>
        spec.Containers.FirstOrDefault(container => container.Name == slot) ?? spec.InitContainers.FirstOrDefault(container => container.Name == slot);

    public static bool IsInit(this PodSpec spec, string slot) => spec.InitContainers.Any(container => container.Name == slot);
}
