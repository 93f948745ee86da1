using System.Runtime.CompilerServices;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;

namespace MemberCluster.Agent.ClusterRole.Hub;

/// <summary>What nodes are served, whichever way they are connected. Who calls is known by then: a node is its name in the federation.</summary>
internal sealed class NodeHub(ClusterController controller, StreamForwarder streams, IControlPlane controlPlane)
{
    public StreamForwarder Streams => streams;

    public async IAsyncEnumerable<WorkEvent> WatchWorksAsync(string node, long since, string? store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var outbox = await controller.OutboxAsync(node, cancellationToken);
        await foreach (var word in outbox.FollowAsync(since, store, cancellationToken))
            yield return word;
    }

    public Task<ReportAnswer> ReportAsync(string node, Report report, CancellationToken cancellationToken) => controller.ReportAsync(node, report, cancellationToken);

    /// <summary>A volume that the node is to bring here.</summary>
    /// <exception cref="ControlPlaneException">Another node was chosen for it, or none; or the control plane does not give it.</exception>
    public async Task<Stream> OpenVolumeAsync(string node, VolumeQuery query, CancellationToken cancellationToken) =>
        await controller.IsForAsync(node, query, cancellationToken)
            ? await controlPlane.OpenVolumeAsync(query, cancellationToken)
            : throw new ControlPlaneException(ControlPlaneFailure.Refused, $"{node} is not where this volume is to go");

    /// <summary>A volume of an item that this node is to store.</summary>
    /// <exception cref="ControlPlaneException">Another one is, or the control plane cannot give it.</exception>
    public async Task<Stream> OpenSnapshotAsync(string node, SnapshotQuery query, CancellationToken cancellationToken) =>
        await controller.IsForAsync(node, query, cancellationToken)
            ? await controlPlane.OpenSnapshotAsync(query, cancellationToken)
            : throw new ControlPlaneException(ControlPlaneFailure.Refused, $"{node} is not where this item is to be stored");

    public async IAsyncEnumerable<StreamRequest> WatchStreamsAsync(string node, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var requests = streams.Connect(node);
        try
        {
            await foreach (var request in requests.ReadAllAsync(cancellationToken))
                yield return request;
        }
        finally
        {
            streams.Disconnect(node, requests);
        }
    }
}
