using System.Collections.Immutable;
using MemberCluster.Agent.Runtime;
using PodSpec = Federation.Api.Apps.PodSpec;
using TemplateContainer = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Pods.Security;

/// <summary>As whom a container runs and what it may, from what the pod and the container say. Pure.</summary>
internal static class PodSecurity
{
    /// <summary>Settings of the network belong to whom the network belongs.</summary>
    private const string NetworkSysctls = "net.";

    /// <summary>Only the image says as whom the container would run.</summary>
    public static bool DependsOnImage(PodSpec pod, TemplateContainer container) =>
        UserOf(pod, container) is null && (IsNonRoot(pod, container) || GroupOf(pod, container) is not null);

    /// <summary>Why the container may not run here; null when it may.</summary>
    /// <param name="pod">The template of its pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="permissions">Of the machine.</param>
    /// <param name="imageUser">As the image says it; only looked at when it <see cref="DependsOnImage"/>.</param>
    public static string? Refuse(PodSpec pod, TemplateContainer container, PodPermissions permissions, string? imageUser)
    {
        if (container.SecurityContext?.Privileged == true && !permissions.Privileged)
            return $"container {container.Name} asks to be privileged, which the agent of this machine does not allow (--allow-privileged)";
        if (!IsNonRoot(pod, container))
            return null;
        if (UserOf(pod, container) is { } user)
            return user == 0 ? $"container {container.Name} would run as root, which runAsNonRoot forbids" : null;
        var name = (imageUser ?? "").Split(':')[0];
        if (name is "" or "0" or "root")
            return $"container {container.Name} would run as root, as its image says, which runAsNonRoot forbids";
        return name.All(char.IsAsciiDigit) ? null : $"the image of container {container.Name} names the user {name}, and only a number proves that it is not root: set runAsUser";
    }

    /// <param name="spec">What is made so far; its network must be decided.</param>
    /// <param name="pod">The template of its pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="imageUser">As the image says it; only looked at when it <see cref="DependsOnImage"/>.</param>
    public static ContainerSpec Apply(ContainerSpec spec, PodSpec pod, TemplateContainer container, string? imageUser)
    {
        var (own, shared) = (container.SecurityContext, pod.SecurityContext);
        var ownsNetwork = spec.Network is not ContainerNetwork.SharedWith;
        return spec with
        {
            User = UserAndGroup(pod, container, imageUser),
            Groups = [.. (shared?.SupplementalGroups ?? []).Concat(shared?.FsGroup is { } group ? [group] : []).Distinct()],
            Privileged = own?.Privileged ?? false,
            ReadOnlyRootFilesystem = own?.ReadOnlyRootFilesystem ?? false,
            NoNewPrivileges = own?.AllowPrivilegeEscalation == false,
            AddCapabilities = [.. own?.Capabilities?.Add ?? []],
            DropCapabilities = [.. own?.Capabilities?.Drop ?? []],
            Ulimits = [.. (own?.Ulimits ?? []).Select(ulimit => new ContainerUlimit(ulimit.Name, ulimit.Soft, ulimit.Hard ?? ulimit.Soft))],
            Sysctls = (shared?.Sysctls ?? []).Where(sysctl => ownsNetwork || !sysctl.Name.StartsWith(NetworkSysctls, StringComparison.Ordinal))
                .ToImmutableDictionary(sysctl => sysctl.Name, sysctl => sysctl.Value),
        };
    }

    private static long? UserOf(PodSpec pod, TemplateContainer container) => container.SecurityContext?.RunAsUser ?? pod.SecurityContext?.RunAsUser;

    private static long? GroupOf(PodSpec pod, TemplateContainer container) => container.SecurityContext?.RunAsGroup ?? pod.SecurityContext?.RunAsGroup;

    private static bool IsNonRoot(PodSpec pod, TemplateContainer container) => container.SecurityContext?.RunAsNonRoot ?? pod.SecurityContext?.RunAsNonRoot ?? false;

    /// <summary>"user" or "user:group"; null leaves it to the image.</summary>
    private static string? UserAndGroup(PodSpec pod, TemplateContainer container, string? imageUser)
    {
        var (user, group) = (UserOf(pod, container), GroupOf(pod, container));
        if (group is null)
            return user is null ? null : $"{user}";
        var name = user is not null ? $"{user}" : (imageUser ?? "").Split(':')[0] is { Length: > 0 } images ? images : "0";
        return $"{name}:{group}";
    }
}
