using Federation.Api.Apps;

namespace Federation.Domain.Scheduling;

/// <summary>Compares statuses by what they say: records that hold lists are not equal by themselves.</summary>
internal static class AppStatusEquality
{
    /// <remarks>A placement decision that still holds is carried over as the same instance, so another instance is another decision.</remarks>
    public static bool AreEqual(AppStatus left, AppStatus right) =>
        ReferenceEquals(left, right)
        || (Counters(left) == Counters(right)
            && left.Selector == right.Selector
            && left.LongestTtl == right.LongestTtl
            && ReferenceEquals(left.Placement, right.Placement)
            && left.Conditions.SequenceEqual(right.Conditions)
            && left.Clusters.SequenceEqual(right.Clusters));

    public static bool AreEqual(FailoverReceipt? left, FailoverReceipt? right) =>
        ReferenceEquals(left, right)
        || (left is not null && right is not null
            && left.Clusters.SequenceEqual(right.Clusters)
            && (left.Replicas, left.DetectedAt, left.DecidedAt, left.RestoredAt) == (right.Replicas, right.DetectedAt, right.DecidedAt, right.RestoredAt));

    public static bool AreEqual(IReadOnlyList<PlacementRefusal> left, IReadOnlyList<PlacementRefusal> right) =>
        left.Count == right.Count
        && left.Zip(right).All(pair => (pair.First.Filter, pair.First.Reason, pair.First.Count) == (pair.Second.Filter, pair.Second.Reason, pair.Second.Count)
            && pair.First.Clusters.SequenceEqual(pair.Second.Clusters));

    private static (long, int, int, int, int) Counters(AppStatus status) =>
        (status.ObservedGeneration, status.Replicas, status.RunningReplicas, status.ReadyReplicas, status.UpdatedReplicas);
}
