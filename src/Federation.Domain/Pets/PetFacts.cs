using Federation.Api.Pets;

namespace Federation.Domain.Pets;

/// <summary>Facts about one pet.</summary>
public static class PetFacts
{
    /// <summary>A cluster is asked to run it.</summary>
    public static bool IsBound(this PetStatus pet) => pet is { Cluster: not null, Release: null };

    /// <summary>It is not in its cluster's work any more, and it is not sure that it does not run there.</summary>
    public static bool IsLeaving(this PetStatus pet) => pet is { Cluster: not null, Release.FreedAt: null };

    /// <summary>It surely runs nowhere. Its cluster, if it names one, is the one that has its volumes.</summary>
    public static bool IsFree(this PetStatus pet) => pet.Cluster is null || pet.Release?.FreedAt is not null;

    /// <summary>A container of it runs, as its cluster says.</summary>
    public static bool IsRunning(this PetStatus pet) => pet.Phase is PetPhase.Running or PetPhase.Ready && pet.IsBound();

    /// <summary>It has been ready long enough.</summary>
    public static bool IsAvailable(this PetStatus pet, PetSet set, DateTimeOffset now) => pet.AvailableAt(set) <= now;

    /// <summary>When it will have been ready long enough, if it stays ready; null: it is not ready.</summary>
    public static DateTimeOffset? AvailableAt(this PetStatus pet, PetSet set) =>
        pet is { Phase: PetPhase.Ready, Since: { } since } && pet.IsBound() ? since + TimeSpan.FromSeconds(set.Spec.MinReadySeconds ?? 0) : null;

    /// <summary>Its volumes are to be brought to another cluster: nobody runs it, so they do not change.</summary>
    public static bool IsCarried(this PetStatus pet) => pet.Move is not null && pet.IsFree();

    /// <summary>Its volumes bind it to where they are.</summary>
    public static bool HasVolumes(this PetSet set) => set.Spec.VolumeClaims.Count > 0;

    /// <summary>It may leave its volumes behind when their cluster or machine is lost.</summary>
    public static bool MayLeaveVolumes(this PetSet set) => !set.HasVolumes() || set.Spec.Placement.Failover?.Volumes == FailoverVolumes.Empty;

    public static bool IsOrdered(this PetSet set) => set.Spec.PodManagementPolicy is null or PodManagementPolicy.OrderedReady;
}
