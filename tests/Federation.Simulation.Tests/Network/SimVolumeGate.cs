using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Streams;
using Federation.Gateway.Agents;
using Federation.Gateway.Sources;
using Federation.Simulation.Tests.Kernel;
using Federation.Storage.Cache;
using MemberCluster.Agent.ControlPlane;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Simulation.Tests.Network;

/// <summary>What the gateway does with streams of volumes, without HTTP. Everything here runs on the silo's turns.</summary>
/// <param name="world">Whose gateway it is.</param>
/// <param name="cluster">Who calls.</param>
/// <param name="client">The life of its agent.</param>
internal sealed class SimVolumeGate(World world, string cluster, Life client)
{
    private StreamBroker Broker => world.Silo.Services!.Provider.GetRequiredService<StreamBroker>();

    public async Task RequestsAsync(Action<StreamRequest> tell, CancellationToken stop)
    {
        var broker = Broker;
        var requests = broker.Connect(cluster);
        try
        {
            await foreach (var request in requests.ReadAllAsync(stop))
            {
                world.Trace.Add($"{cluster} is asked for a volume of {request.Pod} on {request.Volume?.Node}");
                tell(request);
            }
        }
        finally
        {
            broker.Disconnect(cluster, requests);
        }
    }

    /// <returns>The agent's end.</returns>
    public Task<SimWebSocket> AcceptAsync(Life silo, string id)
    {
        var broker = Broker;
        if (!broker.IsAwaited(cluster, id))
            throw NobodyWaits();
        var (near, far) = SimWebSocket.Pair(world, client, silo);
        var stream = new AgentStream(new StreamTunnel(far));
        if (broker.Offer(cluster, id, stream))
            return Task.FromResult(near);
        far.Abort();
        throw NobodyWaits();
    }

    public Task<bool> RefuseAsync(string id, string message)
    {
        world.Trace.Add($"{cluster} does not give a volume: {message}");
        return Broker.Offer(cluster, id, new AgentStream(Statuses.ServiceUnavailable(message))) ? Task.FromResult(true) : throw NobodyWaits();
    }

    /// <returns>The volume, on its way to the cluster.</returns>
    public async Task<SimWire> OpenAsync(Life silo, VolumeQuery query)
    {
        var services = world.Silo.Services!.Provider;
        await services.GetRequiredService<Freshness>().WaitLatestAsync(CancellationToken.None);
        var set = services.GetRequiredService<IObjectCache>().List(PetSet.KindName).Select(item => (PetSet)ObjectView.Of(item).Resource).FirstOrDefault(set => set.Metadata.Uid == query.WorkUid);
        var (source, request) = VolumeGrant.Of(set, cluster, query) ?? throw new ControlPlaneException(ControlPlaneFailure.Unauthorized, $"no pet with this volume moves to cluster {cluster} with epoch {query.Epoch}");
        var stream = await services.GetRequiredService<StreamBroker>().OpenAsync(source, request, CancellationToken.None);
        var wire = new SimWire(world, silo, client, world.VolumePace);
        world.Trace.Add($"{cluster} reads volume {query.Claim} of {request.Pod} from {source}, without {query.Skip} entries");
        _ = ServeAsync(stream, wire);
        return wire;
    }

    private static async Task ServeAsync(AgentStream stream, SimWire wire)
    {
        await using (stream)
            await SimVolumeBody.ServeAsync(wire, async () => await stream.Tunnel!.ReadAsync(CancellationToken.None) is { } frame ? (ReadOnlyMemory<byte>?)frame.Data : null);
    }

    private static ControlPlaneException NobodyWaits() => new(ControlPlaneFailure.Refused, "nobody waits for this stream");
}
