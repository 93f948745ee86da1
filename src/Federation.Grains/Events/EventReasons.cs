namespace Federation.Grains.Events;

/// <summary>Why the control plane notes something. Agents add their own.</summary>
internal static class EventReasons
{
    public const string Placed = "Placed";
    public const string ScaledShare = "ScaledShare";
    public const string FailedOver = "FailedOver";
    public const string Returned = "Returned";
    public const string Leaving = "Leaving";
    public const string Withdrawn = "Withdrawn";
    public const string Unplaceable = "Unplaceable";
    public const string ClusterLost = "ClusterLost";
    public const string ClusterReady = "ClusterReady";
    public const string ClusterNotReady = "ClusterNotReady";
    public const string ClusterLeft = "ClusterLeft";
    public const string Joined = "Joined";
    public const string JobCompleted = "JobCompleted";
    public const string JobSuspended = "JobSuspended";
    public const string JobResumed = "JobResumed";
    public const string JobCreated = "JobCreated";
    public const string JobDeleted = "JobDeleted";
    public const string Orphan = "Orphan";

    /// <summary>A person said that a pet is dead.</summary>
    public const string SaidDead = "SaidDead";

    /// <summary>A person asked that a pet leaves its cluster.</summary>
    public const string AskedToLeave = "AskedToLeave";

    /// <summary>A person asked that a pet moves to another cluster.</summary>
    public const string AskedToMove = "AskedToMove";

    /// <summary>A person took a move back.</summary>
    public const string AskedToStay = "AskedToStay";
}
