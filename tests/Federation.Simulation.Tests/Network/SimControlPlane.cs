using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Streams;
using Federation.Gateway.Agents;
using Federation.Grains.Objects;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Silos;
using MemberCluster.Agent.ControlPlane;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Simulation.Tests.Network;

/// <summary>The control plane as a cluster agent sees it: the same grains and the same stream of works that the gateway serves, without HTTP.</summary>
internal sealed class SimControlPlane(World world, string cluster, Life client) : IControlPlane
{
    private readonly SimVolumeGate _volumes = new(world, cluster, client);
    private static readonly PipeOptions Unscheduled = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);

    public async Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken)
    {
        var joined = await CallAsync(silo => silo.Grains.GetClusterGrain(cluster).JoinAsync(request, CancellationToken.None), cancellationToken);
        return joined.Failure is { } failure ? throw new ControlPlaneException(ControlPlaneFailure.Unreachable, failure.Message ?? failure.Reason ?? "refused") : new JoinAnswer { Credential = cluster };
    }

    public void UseCredential(string credential)
    {
        // Nobody is let in by it here.
    }

    public async Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(silo => silo.Grains.GetClusterGrain(cluster).ReportAsync(report, CancellationToken.None), cancellationToken, mayArriveTwice: true);
        world.Trace.Add($"{client.Name} reported {report.Sequence}{(report.Full ? " full" : "")}{(answer.Resync ? ", resync" : "")}");
        world.Trace.Explain(() => $"{client.Name} says {SimNetwork.Describe(report)}");
        return answer;
    }

    public IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, CancellationToken cancellationToken) =>
        SimStream.OpenAsync<WorkEvent>(world, client, SimSilo.Name, () => world.Silo.Life, (_, lines, stop) => ServeWorksAsync(since, store, lines, stop), cancellationToken);

    /// <summary>For volumes only: logs and commands are not simulated.</summary>
    public IAsyncEnumerable<StreamRequest> WatchStreamsAsync(CancellationToken cancellationToken) => world.MovesVolumes
        ? SimStream.OpenAsync<StreamRequest>(world, client, SimSilo.Name, () => world.Silo.Life, (_, lines, stop) => _volumes.RequestsAsync(request => lines.TryWrite(request), stop), cancellationToken)
        : SimStream.Silence<StreamRequest>(client, cancellationToken);

    public async Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken) =>
        new((await CallAsync(_ => _volumes.AcceptAsync(world.Silo.Life!, id), cancellationToken)).Take());

    public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken) => CallAsync(_ => _volumes.RefuseAsync(id, message), cancellationToken);

    /// <summary>Snapshots are not simulated.</summary>
    public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken) => throw SimNetwork.Unreachable("streams are not simulated");

    public async Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken) =>
        new SimVolumeBody((await CallAsync(_ => _volumes.OpenAsync(world.Silo.Life!, query), cancellationToken)).Take());

    private Task<T> CallAsync<T>(Func<SiloServices, Task<T>> call, CancellationToken cancellationToken, bool mayArriveTwice = false) =>
        world.Network.CallAsync(client.Name, SimSilo.Name, () => world.Silo.Life, _ => call(world.Silo.Services!), cancellationToken, mayArriveTwice);

    private async Task ServeWorksAsync(long since, string? store, ChannelWriter<WorkEvent> lines, CancellationToken stop)
    {
        using var works = await world.Silo.Services!.Provider.GetRequiredService<WorksFeed>().OpenAsync(cluster, since, store, stop);
        var pipe = new Pipe(Unscheduled);
        var reading = ReadAsync(pipe.Reader, lines);
        try
        {
            await works.WriteAsync(pipe.Writer, stop);
        }
        finally
        {
            await pipe.Writer.CompleteAsync();
            await reading;
        }
    }

    private static async Task ReadAsync(PipeReader reader, ChannelWriter<WorkEvent> lines)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                lines.TryWrite(ApiJson.FromUtf8<WorkEvent>(rest.Slice(0, end).ToArray()));
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
                return;
        }
    }
}
