namespace MemberCluster.Agent.Pods;

/// <summary>Container labels that only agents read, beside <see cref="Federation.Api.PodLabels"/>. They let a restarted agent go on where the last one stopped.</summary>
internal static class AgentLabels
{
    /// <summary>How many containers of the same pod and name came before this one.</summary>
    public const string Restarts = "federation.restarts";

    /// <summary>How many of those crashed in a row, for the back-off; see <see cref="CrashBackOff"/>.</summary>
    public const string CrashLevel = "federation.crash-level";

    /// <summary>Seconds between the stop signal and the kill, so that a pod whose work is not held any more still stops gracefully.</summary>
    public const string Grace = "federation.grace";

    /// <summary>What happens when a container ends; see <see cref="RestartPolicy"/>. Absent: Always.</summary>
    public const string RestartPolicy = "federation.restart-policy";

    /// <summary>How many containers the pod has, those that run before them not counted.</summary>
    public const string Containers = "federation.containers";

    /// <summary>How many pods of the same Job's index came before this one. Absent: none.</summary>
    public const string Attempt = "federation.attempt";

    /// <summary>The container runs to its end before the pod's containers start.</summary>
    public const string Init = "federation.init";

    /// <summary>Of pets' volumes: the claim's name, the least size in bytes that was asked for, and the class.</summary>
    public const string Claim = "federation.claim";
    public const string Size = "federation.size";
    public const string Class = "federation.class";

    /// <summary>Of pets' volumes that came from another cluster: the epoch that the pet had when it stopped there.</summary>
    public const string Copy = "federation.copy";

    /// <summary>Of what was taken of pets' volumes: the PetSnapshot's uid, the item, whose volume it is, and when it was begun.</summary>
    public const string Snapshot = "federation.snapshot";
    public const string SnapshotItem = "federation.snapshot-item";
    public const string SnapshotOf = "federation.snapshot-of";
    public const string TakenAt = "federation.taken-at";

    /// <summary>Of containers that never start: the volume that is read or written through them.</summary>
    public const string Holds = "federation.holds";

    /// <summary>Of volumes that outlive pods: their name in the namespace.</summary>
    public const string Volume = "federation.volume";
}
