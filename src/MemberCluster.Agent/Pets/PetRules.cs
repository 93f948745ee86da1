using System.Collections.Immutable;
using MemberCluster.Agent.Pets.Watching;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Pets;

/// <summary>Which containers must not outlive the permission. Pure.</summary>
internal static class PetRules
{
    /// <summary>The work decides; where none is held, how the pod was made.</summary>
    public static bool IsFenced(HeldWork? held, PodIdentity pod) => pod.Epoch is not null && (held?.Work?.Pets?.IsFenced ?? pod.IsFenced);

    /// <summary>What is guarded of a work, and what is not although it is labelled so.</summary>
    public static (ImmutableArray<FencedContainer> Pets, ImmutableArray<string> Exempt) GuardedOf(HeldWork? held, UidState state)
    {
        var pets = ImmutableArray.CreateBuilder<FencedContainer>();
        var exempt = ImmutableArray.CreateBuilder<string>();
        foreach (var container in state.Containers.Values.Select(known => known.Container).Where(container => container.State is not (ContainerState.Exited or ContainerState.Dead)).OrderBy(container => container.Id, StringComparer.Ordinal))
        {
            if (PodLabelling.Read(container.Labels) is not { Epoch: not null } pod)
                continue;
            if (IsFenced(held, pod))
                pets.Add(new FencedContainer(container.Id, container.Pid ?? 0, 0, pod.Name));
            else if (pod.IsFenced)
                exempt.Add(container.Id);
        }

        return (pets.ToImmutable(), exempt.ToImmutable());
    }
}
