using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Reports;

/// <summary>What the status of a work with pets rests on, besides its pods.</summary>
/// <param name="Fence">Whether fenced pets may run.</param>
/// <param name="Epochs">By ordinal, the highest epoch that ever began to run here.</param>
/// <param name="Stored">What a restart of the agent would find of the work; null: nothing.</param>
/// <param name="IsEngineKnown">The engine was asked since the agent started.</param>
/// <param name="IsDiscarded">Of an ordinal: nothing of its volumes is left.</param>
/// <param name="CopyStatus">How far a copy is.</param>
internal sealed record PetFacts(
    Fence Fence, IReadOnlyDictionary<int, long> Epochs, Work? Stored, bool IsEngineKnown, Func<int, bool> IsDiscarded, Func<WorkPetCopy, WorkPetCopyStatus> CopyStatus);

/// <summary>The pets of a work as the control plane is told of them. Pure.</summary>
/// <remarks>
/// Whoever reads a status of revision R starts elsewhere what it does not name. So an ordinal is missing only when all of this holds: no work up to R that this agent
/// may ever go by again names it, as after a restart with what is stored; and the engine said, since the agent started, that no container of it is left, and none is
/// being made; and its volumes are gone if they are to go.
/// </remarks>
internal static class PetStatuses
{
    /// <summary>The status with its pets; as it is when it is not about pets.</summary>
    public static WorkStatus Complete(WorkStatus status, HeldWork? held, ImmutableArray<ObservedPod> pods, PetFacts facts, string node)
    {
        if (held?.Work is not { Mode: WorkMode.Pets } && pods.All(pod => pod.Identity.Epoch is null))
            return status;
        ImmutableArray<WorkPetStatus> pets = [.. Of(held, pods, facts, node)];
        var waits = status.Reason is null ? pets.FirstOrDefault(pet => pet.Reason is not (null or WorkPetReasons.Discarding)) : null;
        return status with
        {
            Pets = pets,
            Copies = [.. (held?.Work?.Pets?.Copies ?? []).Select(copy => facts.CopyStatus(copy) with { Node = node })],
            // Until the engine was asked nobody knows what runs: the status speaks of no revision.
            Revision = facts.IsEngineKnown ? status.Revision : 0,
            Gone = status.Gone && facts.IsEngineKnown,
            Reason = status.Reason ?? waits?.Reason,
            Message = status.Message ?? waits?.Message,
        };
    }

    private static IEnumerable<WorkPetStatus> Of(HeldWork? held, ImmutableArray<ObservedPod> pods, PetFacts facts, string node)
    {
        var asked = (held?.Work?.Pets?.Run ?? []).ToDictionary(pet => pet.Ordinal);
        var stored = (facts.Stored?.Pets?.Run ?? []).ToDictionary(pet => pet.Ordinal);
        var ofPets = pods.Where(pod => pod.Identity.Epoch is not null).ToDictionary(pod => pod.Identity.Ordinal);
        var discarding = (held?.Work?.Pets?.Discard ?? []).Where(ordinal => !facts.IsDiscarded(ordinal)).ToHashSet();
        foreach (var ordinal in asked.Keys.Union(stored.Keys).Union(ofPets.Keys).Union(discarding).Order())
        {
            var pet = asked.GetValueOrDefault(ordinal);
            if (ofPets.TryGetValue(ordinal, out var pod))
                yield return OfPod(held, pod, pet, facts, node);
            else if (pet is not null)
                yield return Waiting(held!.Work!, pet, facts, node);
            else if (!stored.TryGetValue(ordinal, out var before))
                yield return new WorkPetStatus { Ordinal = ordinal, Epoch = facts.Epochs.GetValueOrDefault(ordinal), Node = node, Phase = WorkPetPhase.Waiting, Reason = WorkPetReasons.Discarding, Message = "Its volumes are being deleted" };
            else
                yield return new WorkPetStatus { Ordinal = ordinal, Epoch = before.Epoch, Node = node, Phase = WorkPetPhase.Stopping, Reason = Reasons.DataDirectoryFailed, Message = "That the pet is not asked for any more cannot be stored" };
        }
    }

    private static WorkPetStatus OfPod(HeldWork? held, ObservedPod pod, WorkPet? pet, PetFacts facts, string node)
    {
        var runs = pod.Containers.Any(container => container.IsRunning);
        var isFenced = PetRules.IsFenced(held, pod.Identity);
        // What was killed at the end of the permission, the engine may still have to confirm.
        var isOver = isFenced && runs && facts.Fence.Left <= TimeSpan.Zero;
        var failure = pod.Failures.FirstOrDefault();
        var waits = !runs && isFenced && !facts.Fence.MayStart(pod.Identity.Grace);
        return new WorkPetStatus
        {
            Ordinal = pod.Identity.Ordinal,
            Epoch = pod.Identity.Epoch!.Value,
            TemplateHash = pod.Identity.TemplateHash,
            Node = node,
            Phase = pod.IsStopping || isOver ? WorkPetPhase.Stopping
                : !runs ? WorkPetPhase.Waiting
                : PodView.IsReady(pod, pod.Identity.Containers) ? WorkPetPhase.Ready : WorkPetPhase.Running,
            Reason = isOver || waits ? ReasonOf(facts.Fence) : failure?.Reason ?? (pet?.Epoch < pod.Identity.Epoch ? Reasons.EpochPassed : null),
            Message = isOver || waits ? MessageOf(facts.Fence) : failure?.Message,
        };
    }

    private static WorkPetStatus Waiting(Work work, WorkPet pet, PetFacts facts, string node)
    {
        var ran = facts.Epochs.TryGetValue(pet.Ordinal, out var highest);
        var isPassed = ran && highest > pet.Epoch;
        var waits = work.Pets!.IsFenced && !facts.Fence.MayStart(PodContainers.GraceOf(work.AsOf(pet.TemplateHash)));
        return new WorkPetStatus
        {
            Ordinal = pet.Ordinal,
            Epoch = isPassed ? highest : pet.Epoch,
            Node = ran ? node : "",
            Phase = WorkPetPhase.Waiting,
            Reason = isPassed ? Reasons.EpochPassed : waits ? ReasonOf(facts.Fence) : null,
            Message = isPassed ? $"A higher epoch than {pet.Epoch} has run on this machine" : waits ? MessageOf(facts.Fence) : null,
        };
    }

    private static string ReasonOf(Fence fence) => fence.Unguarded is null ? Reasons.Fenced : Reasons.WatchdogMissing;

    private static string MessageOf(Fence fence) =>
        fence.Unguarded is { } problem ? $"Nothing would end the pet if this agent could not: {problem}" : "The agent may not run fenced pets at present";
}
