namespace MemberCluster.Agent.Pods;

/// <summary>What a pod is, fixed for its life; the same in memory and in the labels of its containers.</summary>
internal sealed record PodIdentity
{
    /// <summary>Unique in the federation; see <see cref="PodNames"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The pod's own uid.</summary>
    public required string Uid { get; init; }

    /// <summary>The uid of the App, Daemon or Job it belongs to.</summary>
    public required string WorkUid { get; init; }
    public required string Kind { get; init; }
    public required string Namespace { get; init; }
    public required string Owner { get; init; }
    public required string TemplateHash { get; init; }
    public required long Revision { get; init; }
    /// <summary>Its number among the pods of its template on this machine; of a Job's pod, the index.</summary>
    public required int Ordinal { get; init; }

    /// <summary>How many pods of a Job's index came before it.</summary>
    public int Attempt { get; init; }
    public required TimeSpan Grace { get; init; }

    /// <summary>A pet's fencing number; null: it is no pet.</summary>
    public long? Epoch { get; init; }

    /// <summary>It runs only while the agent may run fenced pets.</summary>
    public bool IsFenced { get; init; }

    /// <summary>What happens when a container ends.</summary>
    public RestartPolicy RestartPolicy { get; init; }

    /// <summary>How many containers it has, those that only run before them not counted; 0 when an agent made it that did not say.</summary>
    public int Containers { get; init; }
}
