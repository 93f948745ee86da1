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

    public Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken)
    {
        world.Trace.Explain(() => $"{client.Name} says {SimNetwork.Describe(report)}");
        return world.Network.CallAsync(client.Name, cluster.Agent, () => cluster.Life, _ => cluster.Hub!.ReportAsync(node, report, CancellationToken.None), cancellationToken, mayArriveTwice: true);
    }

    public IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, CancellationToken cancellationToken) =>
        SimStream.OpenAsync<WorkEvent>(world, client, cluster.Agent, () => cluster.Life, (_, words, stop) => ServeAsync(cluster.Hub!, since, store, words, stop), cancellationToken);

    /// <summary>For volumes only: logs and commands are not simulated.</summary>
    public IAsyncEnumerable<StreamRequest> WatchStreamsAsync(CancellationToken cancellationToken) => world.MovesVolumes
        ? SimStream.OpenAsync<StreamRequest>(world, client, cluster.Agent, () => cluster.Life, (_, lines, stop) => ServeRequestsAsync(cluster.Hub!, lines, stop), cancellationToken)
        : SimStream.Silence<StreamRequest>(client, cancellationToken);

    public async Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken) => new((await CallAsync(agent => AcceptAsync(agent, cluster.Hub!, id), cancellationToken)).Take());

    public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken) => CallAsync(
        async _ =>
        {
            await cluster.Hub!.Streams.RefuseAsync(node, id, code, message, CancellationToken.None);
            return true;
        },
        cancellationToken);

    public async Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken) => new SimVolumeBody((await CallAsync(agent => OpenVolumeAsync(agent, query), cancellationToken)).Take());

    private Task<T> CallAsync<T>(Func<Life, Task<T>> call, CancellationToken cancellationToken) => world.Network.CallAsync(client.Name, cluster.Agent, () => cluster.Life, call, cancellationToken);

    private Task<SimWebSocket> AcceptAsync(Life agent, NodeHub hub, string id)
    {
        if (!hub.Streams.IsAwaited(node, id))
            throw new ControlPlaneException(ControlPlaneFailure.Refused, "nobody waits for this stream");
        var (near, far) = SimWebSocket.Pair(world, client, agent);
        _ = RelayAsync(hub, id, new StreamTunnel(far));
        return Task.FromResult(near);
    }

    private async Task RelayAsync(NodeHub hub, string id, StreamTunnel tunnel)
    {
        await using (tunnel)
            await hub.Streams.RelayAsync(node, id, tunnel, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private async Task<SimWire> OpenVolumeAsync(Life agent, VolumeQuery query)
    {
        var volume = await cluster.Hub!.OpenVolumeAsync(node, query, CancellationToken.None);
        var wire = new SimWire(world, agent, client);
        _ = PassOnAsync(volume, wire);
        return wire;
    }

    /// <summary>Snapshots are not simulated.</summary>
    public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken) => throw SimNetwork.Unreachable("streams are not simulated");

    private static async Task PassOnAsync(Stream volume, SimWire wire)
    {
        await using (volume)
        {
            var buffer = new byte[4096];
            await SimVolumeBody.ServeAsync(wire, async () => await volume.ReadAsync(buffer) is > 0 and var count ? (ReadOnlyMemory<byte>?)buffer.AsMemory(0, count) : null);
        }
    }

    private async Task ServeRequestsAsync(NodeHub hub, ChannelWriter<StreamRequest> lines, CancellationToken stop)
    {
        await foreach (var request in hub.WatchStreamsAsync(node, stop))
            lines.TryWrite(request);
    }

    private async Task ServeAsync(NodeHub hub, long since, string? store, ChannelWriter<WorkEvent> words, CancellationToken stop)
    {
        await foreach (var word in hub.WatchWorksAsync(node, since, store, stop))
            words.TryWrite(word);
    }
}
