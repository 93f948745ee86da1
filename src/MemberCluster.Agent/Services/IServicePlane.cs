using System.Collections.Immutable;

namespace MemberCluster.Agent.Services;

/// <summary>What brings clients of exposed ports to ready pods. Where a port cannot be offered is told through the callback that an implementation is made with.</summary>
internal interface IServicePlane : IAsyncDisposable
{
    /// <summary>Sets everything one work exposes; empty when it exposes nothing any more.</summary>
    void Update(string workUid, ImmutableArray<ServiceEndpoint> endpoints);

    /// <summary>What was told so far is everything there is. What an earlier agent left in force stays so until now.</summary>
    void Open();

    /// <summary>Completes when all that was told until now is in force: a connection that arrives then finds it.</summary>
    Task AppliedAsync(CancellationToken cancellationToken);

    /// <summary>Waits until no connection to the pod is open, at most for <paramref name="limit"/>. It must not be a backend any more.</summary>
    Task DrainAsync(string pod, TimeSpan limit, CancellationToken cancellationToken);
}
