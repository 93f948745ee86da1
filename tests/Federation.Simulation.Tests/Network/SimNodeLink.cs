using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Streams;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.ControlPlane;

namespace Federation.Simulation.Tests.Network;

/// <summary>The cluster agent as a node on another machine sees it.</summary>
/// <param name="world">Whose network it is.</param>
/// <param name="cluster">Whose agent is at the other end.</param>
/// <param name="node">The node's name in the federation.</param>
/// <param name="client">The node agent's life.</param>
internal sealed class SimNodeLink(World world, SimCluster cluster, string node, Life client) : IControlPlane
{
    public Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken) => throw SimNetwork.Unreachable("nodes are let in");

    public void UseCredential(string credential)
    {
        // Nobody is let in by it here.
    }

    public Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken) =>
        world.Network.CallAsync(client.Name, cluster.Agent, () => cluster.Life, _ => cluster.Hub!.ReportAsync(node, report, CancellationToken.None), cancellationToken, mayArriveTwice: true);

    public IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, CancellationToken cancellationToken) =>
        SimStream.OpenAsync<WorkEvent>(world, client, cluster.Agent, () => cluster.Life, (_, words, stop) => ServeAsync(cluster.Hub!, since, store, words, stop), cancellationToken);

    /// <summary>Logs and commands are not simulated.</summary>
    public async IAsyncEnumerable<StreamRequest> WatchStreamsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, client.Clock, cancellationToken);
        yield break;
    }

    public Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken) => throw SimNetwork.Unreachable("streams are not simulated");

    public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken) => throw SimNetwork.Unreachable("streams are not simulated");

    public Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken) => throw SimNetwork.Unreachable("streams are not simulated");

    private async Task ServeAsync(NodeHub hub, long since, string? store, ChannelWriter<WorkEvent> words, CancellationToken stop)
    {
        await foreach (var word in hub.WatchWorksAsync(node, since, store, stop))
            words.TryWrite(word);
    }
}
