using Federation.Api.Pets;

namespace Federation.Domain.Pets;

/// <summary>Compares statuses by what they say: records that hold lists are not equal by themselves.</summary>
internal static class PetSetStatusEquality
{
    /// <remarks>A placement decision that still holds is carried over as the same instance. Equal hashes are equal templates, and what is known of a template's images only grows.</remarks>
    public static bool AreEqual(PetSetStatus left, PetSetStatus right) =>
        ReferenceEquals(left, right)
        || (Scalars(left) == Scalars(right)
            && ReferenceEquals(left.Placement, right.Placement)
            && ReferenceEquals(left.Images, right.Images)
            && left.Pets.SequenceEqual(right.Pets)
            && left.Retired.SequenceEqual(right.Retired)
            && left.Words.SequenceEqual(right.Words)
            && left.Takeovers.SequenceEqual(right.Takeovers)
            && left.Leftovers.SequenceEqual(right.Leftovers)
            && left.Conditions.SequenceEqual(right.Conditions)
            && left.Clusters.SequenceEqual(right.Clusters)
            && left.Templates.Select(template => (template.Hash, template.Images.Count)).SequenceEqual(right.Templates.Select(template => (template.Hash, template.Images.Count))));

    private static (long, int, int, int, int, int, string?, string?, string?, PartitionPolicy, long, string?) Scalars(PetSetStatus status) => (
        status.ObservedGeneration, status.Replicas, status.RunningReplicas, status.ReadyReplicas, status.AvailableReplicas, status.UpdatedReplicas,
        status.UpdateHash, status.CurrentHash, status.Selector, status.PartitionPolicy, status.EpochFloor, status.Store);
}
