using Federation.Api.Agents;
using Federation.Api.Streams;
using MemberCluster.Agent.ControlPlane;

namespace MemberCluster.Agent.ClusterRole.Hub;

/// <summary>The cluster agent as the node agent in the same process sees it.</summary>
/// <param name="hub">Of the cluster agent.</param>
/// <param name="node">The node's name in the federation.</param>
internal sealed class LocalNodeLink(NodeHub hub, string node) : IControlPlane
{
    public Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken) =>
        throw new ControlPlaneException(ControlPlaneFailure.Refused, "The node of this process need not join.");

    public void UseCredential(string credential)
    {
        // Nobody else can be at the other end.
    }

    public IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, CancellationToken cancellationToken) =>
        hub.WatchWorksAsync(node, since, store, cancellationToken);

    public Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken) => hub.ReportAsync(node, report, cancellationToken);

    public IAsyncEnumerable<StreamRequest> WatchStreamsAsync(CancellationToken cancellationToken) => hub.WatchStreamsAsync(node, cancellationToken);

    public Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken) => hub.Streams.OpenAsync(node, id, cancellationToken);

    public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken) =>
        hub.Streams.RefuseAsync(node, id, code, message, cancellationToken);

    public Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken) => hub.OpenVolumeAsync(node, query, cancellationToken);

    public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken) => hub.OpenSnapshotAsync(node, query, cancellationToken);
}
