using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>Plans pods with identities: exactly those that the work names, each at most once.</summary>
/// <remarks>
/// Pure and total. A pet's pod is replaced in its place: the old one is gone, at the engine, before the new one begins to exist.
/// <code>
/// the ordinal                       its pod                              the next step
/// not named                         any                                  stopped
/// named                             none                                 made, while it may start
/// named with a higher epoch         any                                  stopped
/// named with another template       any                                  stopped
/// named with a lower epoch          any                                  left alone: what is newer was decided, and not told here
/// named as it is                    any                                  what the pod needs, while it may start
/// named as it is                    holds still                          left alone
/// fenced, and little time is left   runs                                 stopped within what is left
/// </code>
/// An epoch below one that ran here before is never started.
/// </remarks>
internal static class PetPlanner
{
    public static bool Plan(Work work, ImmutableArray<ObservedPod> live, ImmutableArray<ObservedPod> all, PlanSteps steps)
    {
        var pets = work.Pets ?? new WorkPets();
        var fence = pets.IsFenced ? steps.Context.Fence : null;
        var kept = new List<ObservedPod>();
        foreach (var pod in live)
        {
            if (ReasonToStop(pod, pets) is { } why)
                steps.Add(new PodAction.Stop(pod.Name, fence?.GraceOf(pod.Identity.Grace) ?? pod.Identity.Grace, why));
            else if (!StopsForFence(pod, fence, steps))
                kept.Add(pod);
        }

        foreach (var pet in pets.Run.Where(pet => all.All(pod => pod.Identity.Ordinal != pet.Ordinal)))
            Begin(work, pet, fence, steps);

        foreach (var pod in kept.Where(pod => pod is { IsBusy: false, IsStill: false }))
        {
            var pet = Find(pets, pod);
            if (pet is not null && pet.Epoch == pod.Identity.Epoch)
                Repair(pod, work.AsOf(pod.Identity.TemplateHash), fence, steps);
        }

        return kept.Count == pets.Run.Count && kept.All(pod => pod.IsRunning);
    }

    /// <summary>A fenced pod that must not run any longer is stopped, early enough; one that may is looked at again when that ends.</summary>
    /// <returns>True: it is to stop now.</returns>
    public static bool StopsForFence(ObservedPod pod, Fence? fence, PlanSteps steps)
    {
        if (fence is null || !(pod.IsBusy || pod.Containers.Any(container => container.IsRunning || container.State == ContainerState.Created)))
            return false;
        var due = fence.StopIn(pod.Identity.Grace);
        if (due > TimeSpan.Zero)
        {
            steps.LookAgainAt(steps.Context.Now + due);
            return false;
        }

        steps.HoldBack();
        steps.Retry(pod, slot: "", new PodAction.Stop(pod.Name, fence.GraceOf(pod.Identity.Grace), Reasons.Fenced, Drains: false));
        return true;
    }

    private static void Begin(Work work, WorkPet pet, Fence? fence, PlanSteps steps)
    {
        var template = work.AsOf(pet.TemplateHash);
        if (steps.Context.Epochs.GetValueOrDefault(pet.Ordinal, long.MinValue) > pet.Epoch || template.TemplateHash != pet.TemplateHash)
            return;
        if (fence is not null && !fence.MayStart(PodContainers.GraceOf(template)))
            steps.HoldBack();
        else
            steps.Add(new PodAction.Create(PodNames.OfPet(work, pet.Ordinal), pet.Ordinal) { Epoch = pet.Epoch, TemplateHash = pet.TemplateHash });
    }

    private static void Repair(ObservedPod pod, Work work, Fence? fence, PlanSteps steps)
    {
        if (fence is null || fence.MayStart(pod.Identity.Grace))
        {
            PodRepair.ByTemplate(pod, work.Template.Spec, steps);
            return;
        }

        var needed = new PlanSteps(steps.Context);
        PodRepair.ByTemplate(pod, work.Template.Spec, needed);
        if (needed.TakeIn(steps, action => action is not (PodAction.Run or PodAction.Start)))
            steps.HoldBack();
    }

    private static string? ReasonToStop(ObservedPod pod, WorkPets pets)
    {
        if (Find(pets, pod) is not { } pet)
            return "NotAskedFor";
        if (pod.Identity.Epoch is not { } epoch || pet.Epoch > epoch)
            return "EpochRaised";
        return pet.Epoch == epoch && pet.TemplateHash != pod.Identity.TemplateHash ? "TemplateChanged" : null;
    }

    private static WorkPet? Find(WorkPets pets, ObservedPod pod) => pets.Run.FirstOrDefault(pet => pet.Ordinal == pod.Identity.Ordinal);
}
