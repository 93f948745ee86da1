using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Pets;

/// <summary>Says in the set's status what was decided and how far the pets are.</summary>
internal static class PetStatusPlanner
{
    public static PetSetStatus Plan(PetDraft draft, Placement placement, IReadOnlyList<ClusterShare> shares)
    {
        var set = draft.Set;
        IReadOnlyList<PetStatus> pets = [.. draft.Pets.Values];
        var wanted = draft.Wanted.ToList();
        var generation = set.Metadata.Generation;
        var ready = wanted.Count(pet => pet.IsBound() && pet.Phase == PetPhase.Ready);
        foreach (var pet in wanted)
            draft.Look(pet.AvailableAt(set) is { } at && at > draft.Now ? at : null);
        var conditions = PetConditions.Of(draft, wanted, placement, shares);
        return set.Status with
        {
            ObservedGeneration = generation,
            Replicas = wanted.Count(pet => pet.IsBound()),
            RunningReplicas = pets.Count(pet => pet.IsRunning()),
            ReadyReplicas = ready,
            AvailableReplicas = wanted.Count(draft.IsAvailable),
            UpdatedReplicas = wanted.Count(pet => pet.IsRunning() && pet.TemplateHash == draft.UpdateHash),
            UpdateHash = draft.UpdateHash,
            CurrentHash = draft.CurrentHash,
            Selector = $"{PodLabels.Uid}={set.Metadata.Uid}",
            PartitionPolicy = draft.Policy,
            Pets = pets,
            Retired = [.. draft.Retired.Values],
            EpochFloor = draft.EpochFloor,
            Store = draft.Store,
            Templates = draft.Templates,
            Words = draft.Words,
            Takeovers = [.. draft.Takeovers.Select(takeover => Progress(draft, takeover))],
            Leftovers = draft.Leftovers,
            Clusters = shares,
            Placement = DecisionPlanner.Plan(set, placement, new SharePlan(shares, [], DueAt: null, LeavesAt: null), draft.Clusters, ready, draft.Now),
            Conditions = conditions.Aggregate(set.Status.Conditions, (list, condition) => list.With(condition with { ObservedGeneration = generation }, draft.Now)),
        };
    }

    private static PetTakeover Progress(PetDraft draft, PetTakeover takeover)
    {
        if (takeover.ReadyAt is not null || !draft.Pets.TryGetValue(takeover.Ordinal, out var pet) || pet.Epoch != takeover.Epoch || !pet.IsRunning())
            return takeover;
        return takeover with { RunningAt = takeover.RunningAt ?? draft.Now, ReadyAt = pet.Phase == PetPhase.Ready ? draft.Now : null };
    }
}
