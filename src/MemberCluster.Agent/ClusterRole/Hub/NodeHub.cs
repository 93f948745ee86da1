using System.Runtime.CompilerServices;
using Federation.Api.Agents;

namespace MemberCluster.Agent.ClusterRole.Hub;

/// <summary>What nodes are served, whichever way they are connected. Who calls is known by then: a node is its name in the federation.</summary>
internal sealed class NodeHub(ClusterController controller, StreamForwarder streams)
{
    public StreamForwarder Streams => streams;

    public async IAsyncEnumerable<WorkEvent> WatchWorksAsync(string node, long since, string? store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var outbox = await controller.OutboxAsync(node, cancellationToken);
        await foreach (var word in outbox.FollowAsync(since, store, cancellationToken))
            yield return word;
    }

    public Task<ReportAnswer> ReportAsync(string node, Report report, CancellationToken cancellationToken) => controller.ReportAsync(node, report, cancellationToken);

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
