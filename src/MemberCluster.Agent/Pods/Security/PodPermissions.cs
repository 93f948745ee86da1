using System.Collections.Immutable;

namespace MemberCluster.Agent.Pods.Security;

/// <summary>What pods may ask of this machine beyond what every container has.</summary>
internal sealed record PodPermissions
{
    /// <summary>Containers that may do everything on the machine.</summary>
    public bool Privileged { get; init; }

    /// <summary>Paths of the machine that pods may mount, each with everything below it.</summary>
    public ImmutableArray<string> HostPaths { get; init; } = [];
}
