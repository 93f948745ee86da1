using System.Collections.Immutable;

namespace MemberCluster.Agent.Pods;

/// <summary>One step towards what is wanted. A pod has at most one under way.</summary>
internal abstract record PodAction(string Pod)
{
    /// <summary>A new pod begins to exist, without containers yet.</summary>
    /// <param name="Pod">The pod's name.</param>
    /// <param name="Ordinal">Its number, or its index in a Job.</param>
    /// <param name="Attempt">How many pods of the index came before it.</param>
    public sealed record Create(string Pod, int Ordinal, int Attempt = 0) : PodAction(Pod)
    {
        /// <summary>Of a pet; null: it is none.</summary>
        public long? Epoch { get; init; }

        /// <summary>Which of the work's templates it is made from; null: the newest.</summary>
        public string? TemplateHash { get; init; }
    }

    /// <summary>Makes and starts a container of the pod, fetching its image if need be.</summary>
    /// <param name="Pod">The pod's name.</param>
    /// <param name="Slot">The container's name in the template.</param>
    /// <param name="Restarts">How many came before it.</param>
    /// <param name="CrashLevel">How many of those crashed in a row.</param>
    /// <param name="Holder">Id of the container whose network it joins; null for the one that owns the network.</param>
    public sealed record Run(string Pod, string Slot, int Restarts, int CrashLevel, string? Holder) : PodAction(Pod);

    /// <summary>Starts a container that exists.</summary>
    public sealed record Start(string Pod, string Slot, string Container) : PodAction(Pod);

    /// <summary>Ends a running container of a pod that goes on; the next plan replaces it.</summary>
    public sealed record Kill(string Pod, string Slot, string Container, TimeSpan Grace, string Why) : PodAction(Pod);

    /// <summary>Removes one container that is not needed any more.</summary>
    public sealed record Remove(string Pod, string Container) : PodAction(Pod);

    /// <summary>Ends the pod: no new connections, stop signal, kill after the grace period, no container left.</summary>
    /// <param name="Pod">The pod's name.</param>
    /// <param name="Grace">Between stop signal and kill.</param>
    /// <param name="Why">One word for people.</param>
    /// <param name="Drains">Connections get time to end by themselves before the stop signal.</param>
    public sealed record Stop(string Pod, TimeSpan Grace, string Why, bool Drains = true) : PodAction(Pod);
}

/// <summary>The steps to take now.</summary>
/// <param name="Actions">Empty: nothing can be done now.</param>
/// <param name="NextLook">When to plan again though nothing happened: the end of a back-off.</param>
/// <param name="IsConverged">What runs is exactly what is wanted.</param>
internal sealed record PodPlan(ImmutableArray<PodAction> Actions, DateTimeOffset? NextLook, bool IsConverged)
{
    /// <summary>Something waits for a permission to run fenced pets.</summary>
    public bool IsHeldBack { get; init; }
}
