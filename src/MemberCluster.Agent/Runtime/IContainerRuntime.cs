namespace MemberCluster.Agent.Runtime;

/// <summary>What an agent needs of a container engine. One instance per engine; safe for concurrent use.</summary>
/// <remarks>
/// Every member throws <see cref="RuntimeException"/> for a failure that the engine or the way to it causes, and
/// <see cref="OperationCanceledException"/> only when the caller's own token is cancelled: a request that the engine leaves
/// unanswered ends as <see cref="RuntimeFailure.Timeout"/>. Containers, networks and volumes are named by id or by name.
/// </remarks>
public interface IContainerRuntime : IAsyncDisposable
{
    IContainers Containers { get; }

    IImages Images { get; }

    INetworks Networks { get; }

    IVolumes Volumes { get; }

    /// <summary>Cheap liveness check; throws <see cref="RuntimeFailure.EngineUnavailable"/> when nothing answers.</summary>
    Task PingAsync(CancellationToken cancellationToken);

    /// <summary>What the engine is and what its machine has.</summary>
    Task<EngineInfo> GetInfoAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Subscribes to container events; when the task completes, everything that happens from now on is in the stream, so a caller
    /// subscribes first and lists second, and misses nothing.
    /// </summary>
    /// <param name="filter">Which containers' events.</param>
    /// <param name="since">
    /// Resume point: the <see cref="RuntimeEvent.At"/> of the last event seen. Events are repeated rather than lost
    /// (at least once), also shortly before the subscription when this is null. An engine remembers only the last few hundred
    /// events, so a caller lists again after every (re)subscription.
    /// </param>
    /// <param name="cancellationToken">Ends the subscription, also after this method returned.</param>
    Task<IRuntimeEventStream> SubscribeAsync(EventFilter filter, DateTimeOffset? since, CancellationToken cancellationToken);
}
