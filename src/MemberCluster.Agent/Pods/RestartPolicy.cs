namespace MemberCluster.Agent.Pods;

/// <summary>What happens when a container ends.</summary>
internal enum RestartPolicy
{
    /// <summary>It is started again.</summary>
    Always,

    /// <summary>It is started again unless it ended with exit code 0.</summary>
    OnFailure,

    /// <summary>That was it.</summary>
    Never,
}

/// <summary>How a pod ended whose containers are not started again.</summary>
internal enum PodOutcome
{
    /// <summary>Every container ended with exit code 0.</summary>
    Succeeded,

    /// <summary>One did not, or could not be prepared.</summary>
    Failed,
}
