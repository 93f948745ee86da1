namespace Federation.Domain.Snapshots;

/// <summary>What a copy waits for, or why there is none, where the control plane says so; clusters have their own (<see cref="Api.Agents.WorkSnapshotReasons"/>).</summary>
internal static class SnapshotReasons
{
    /// <summary>Everything else is ready: the set says whose turn it is to hold still.</summary>
    public const string WaitsForTurn = "WaitsForTurn";

    public const string NoPetSet = "NoPetSet";
    public const string NoSuchPet = "NoSuchPet";
    public const string NoSuchClaim = "NoSuchClaim";
    public const string NoVolumes = "NoVolumes";
    public const string PetAway = "PetAway";
    public const string NoSuchCluster = "NoSuchCluster";
    public const string SourceAway = "SourceAway";
    public const string TargetAway = "TargetAway";
    public const string Superseded = "Superseded";
    public const string ClusterGone = "ClusterGone";
}
