using Federation.Api;
using Federation.Api.Agents;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Pets;

/// <summary>What must hold before a pet's container is made, and again before it is started: a step may have waited for an image since it was planned.</summary>
internal sealed class PetGate(FenceGuard guard, EpochKeep epochs, Func<WorkBook> book, IContainers containers)
{
    /// <summary>Nothing is left of an earlier pod of the ordinal: asked of the engine and not of memory.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Waiting"/>: it may not be made now.</exception>
    public async Task BeforeCreateAsync(PodIdentity pod, CancellationToken cancellationToken)
    {
        if (pod.Epoch is not { } epoch)
            return;
        CheckAsked(pod, epoch);
        var there = await containers.ListAsync(ContainerFilter.ByLabels($"{PodLabels.Uid}={pod.WorkUid}", $"{PodLabels.Ordinal}={pod.Ordinal}"), cancellationToken);
        if (there.FirstOrDefault(container => container.Labels.GetValueOrDefault(PodLabels.PodUid) != pod.Uid) is { } other)
            throw Waiting(Reasons.PetNotGone, $"Container {other.Name} of an earlier pod of the pet is still there");
        Begin(pod, epoch);
    }

    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Waiting"/>: it may not be started now.</exception>
    public void BeforeStart(PodIdentity pod, string container)
    {
        if (pod.Epoch is not { } epoch)
            return;
        // The permission is looked at with works that are no older than those the pet is looked up in.
        var isFenced = CheckAsked(pod, epoch).IsFenced;
        Begin(pod, epoch);
        if (isFenced)
            guard.BeforeStart(pod, container);
        CheckAsked(pod, epoch);
    }

    private WorkPets CheckAsked(PodIdentity pod, long epoch)
    {
        var pets = book().Held.GetValueOrDefault(pod.WorkUid)?.Work?.Pets;
        return pets is not null && pets.Run.Any(pet => pet.Ordinal == pod.Ordinal && pet.Epoch == epoch)
            ? pets
            : throw Waiting(Reasons.PetNotAsked, $"Pet {pod.Name} of epoch {epoch} is not asked for any more");
    }

    private void Begin(PodIdentity pod, long epoch)
    {
        try
        {
            if (!epochs.Begin(pod.WorkUid, pod.Ordinal, epoch))
                throw Waiting(Reasons.EpochPassed, $"A higher epoch than {epoch} of pet {pod.Name} has run on this machine");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Waiting(Reasons.DataDirectoryFailed, $"That the pet starts cannot be stored: {exception.Message}");
        }
    }

    private static RuntimeException Waiting(string reason, string message) => new(RuntimeFailure.Waiting, message) { Reason = reason };
}
