using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Snapshots;

/// <summary>What holds an item up, and when it is tried again. Pure.</summary>
internal static class SnapshotPatience
{
    private const int NoSpaceLeft = 28;      // ENOSPC
    private const int OverQuota = 122;       // EDQUOT

    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>A pet is not frozen again and again, nor a whole volume fetched.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(30);

    /// <summary>The word about the pet may come a little after that about the item.</summary>
    private static readonly TimeSpan ForThePet = TimeSpan.FromSeconds(10);

    public static TimeSpan After(WorkSnapshotStatus status) => status.Reason is
        WorkSnapshotReasons.ChecksumDiffers or WorkSnapshotReasons.NoSpace or WorkSnapshotReasons.NoDirectory or Reasons.PetDisturbed or Reasons.CopyFailed ? Later : Soon;

    /// <summary>It was waited for long enough.</summary>
    public static bool IsOver(WorkSnapshotStatus status, TimeSpan since) => status.Reason == WorkSnapshotReasons.PetLeft && since >= ForThePet;

    public static WorkSnapshotStatus Of(SnapshotOrder order, Exception exception)
    {
        var isTaking = order is SnapshotOrder.Take;
        var reason = exception switch
        {
            RuntimeException { Failure: RuntimeFailure.DiskFull } => WorkSnapshotReasons.NoSpace,
            IOException { HResult: var code } when (code & 0xffff) is NoSpaceLeft or OverQuota => WorkSnapshotReasons.NoSpace,
            RuntimeException { Failure: RuntimeFailure.EngineUnavailable } => Reasons.EngineUnavailable,
            RuntimeException { Failure: RuntimeFailure.NotFound } or ControlPlaneException when order is SnapshotOrder.Hold => WorkSnapshotReasons.SourceAway,
            UnauthorizedAccessException => Reasons.PermissionDenied,
            IOException or InvalidDataException when order is SnapshotOrder.Hold => WorkSnapshotReasons.SourceAway,
            _ => Reasons.CopyFailed,
        };
        return new WorkSnapshotStatus
        {
            Id = order.Part.Id,
            Part = order.Part.Part,
            // What is to be stored waits for room; a pet does not hold still again for a disk that is full.
            Phase = isTaking && reason == WorkSnapshotReasons.NoSpace ? WorkSnapshotPhase.Failed : WorkSnapshotPhase.Working,
            Reason = reason,
            Message = exception.Message,
        };
    }
}
