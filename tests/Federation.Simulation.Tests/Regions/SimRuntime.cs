using System.Collections.Immutable;
using Federation.Simulation.Tests.Kernel;
using MemberCluster.Agent.Runtime;

namespace Federation.Simulation.Tests.Regions;

/// <summary>One agent's connection to its machine's engine: every step takes a moment, and the checks see it.</summary>
internal sealed class SimRuntime(World world, SimCluster cluster, SimNode node, Life life) : IContainerRuntime, IContainers
{
    private static readonly TimeSpan Fastest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Slowest = TimeSpan.FromMilliseconds(120);
    private readonly IContainerRuntime _engine = node.Engine.Connect();

    public IContainers Containers => this;

    public IImages Images => _engine.Images;

    public INetworks Networks => _engine.Networks;

    public IVolumes Volumes { get; } = new SimVolumes(world, node, life);

    public Task PingAsync(CancellationToken cancellationToken) => _engine.PingAsync(cancellationToken);

    public Task<EngineInfo> GetInfoAsync(CancellationToken cancellationToken) => _engine.GetInfoAsync(cancellationToken);

    public Task<IRuntimeEventStream> SubscribeAsync(EventFilter filter, DateTimeOffset? since, CancellationToken cancellationToken) => _engine.SubscribeAsync(filter, since, cancellationToken);

    public Task<ImmutableArray<ContainerSummary>> ListAsync(ContainerFilter filter, CancellationToken cancellationToken) => _engine.Containers.ListAsync(filter, cancellationToken);

    public Task<Container> InspectAsync(string container, CancellationToken cancellationToken) => _engine.Containers.InspectAsync(container, cancellationToken);

    public async Task<string> CreateAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        await TakeTimeAsync();
        return await _engine.Containers.CreateAsync(spec, cancellationToken);
    }

    public async Task StartAsync(string container, CancellationToken cancellationToken)
    {
        await TakeTimeAsync();
        await _engine.Containers.StartAsync(container, cancellationToken);
        var started = await _engine.Containers.InspectAsync(container, cancellationToken);
        world.Trace.Add($"{life.Name} started {started.Name}");
    }

    public async Task StopAsync(string container, TimeSpan grace, CancellationToken cancellationToken)
    {
        await TakeTimeAsync();
        await SayAsync("stops", container, cancellationToken);
        await _engine.Containers.StopAsync(container, grace, cancellationToken);
    }

    public async Task KillAsync(string container, string signal, CancellationToken cancellationToken)
    {
        await TakeTimeAsync();
        await SayAsync($"sends {signal} to", container, cancellationToken);
        await _engine.Containers.KillAsync(container, signal, cancellationToken);
    }

    public async Task<bool> RemoveAsync(string container, bool force, CancellationToken cancellationToken)
    {
        await TakeTimeAsync();
        await SayAsync("removes", container, cancellationToken);
        return await _engine.Containers.RemoveAsync(container, force, cancellationToken);
    }

    public async Task PauseAsync(string container, CancellationToken cancellationToken)
    {
        await TakeTimeAsync();
        await SayAsync("freezes", container, cancellationToken);
        await _engine.Containers.PauseAsync(container, cancellationToken);
    }

    public async Task ResumeAsync(string container, CancellationToken cancellationToken)
    {
        await TakeTimeAsync();
        await SayAsync("thaws", container, cancellationToken);
        await _engine.Containers.ResumeAsync(container, cancellationToken);
    }

    public async Task RenameAsync(string container, string name, CancellationToken cancellationToken)
    {
        await TakeTimeAsync();
        await _engine.Containers.RenameAsync(container, name, cancellationToken);
    }

    public Task<int> WaitAsync(string container, CancellationToken cancellationToken) => _engine.Containers.WaitAsync(container, cancellationToken);

    public IAsyncEnumerable<OutputChunk> ReadLogsAsync(string container, LogQuery query, CancellationToken cancellationToken) => _engine.Containers.ReadLogsAsync(container, query, cancellationToken);

    public Task<ContainerStats> GetStatsAsync(string container, CancellationToken cancellationToken) => _engine.Containers.GetStatsAsync(container, cancellationToken);

    public Task<ExecResult> ExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken) => _engine.Containers.ExecAsync(container, spec, cancellationToken);

    public Task<IAttachedStream> StartExecAsync(string container, ExecSpec spec, CancellationToken cancellationToken) => _engine.Containers.StartExecAsync(container, spec, cancellationToken);

    public Task<IAttachedStream> AttachAsync(string container, CancellationToken cancellationToken) => _engine.Containers.AttachAsync(container, cancellationToken);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    /// <summary>Also where an agent dies in the middle of something.</summary>
    private Task TakeTimeAsync()
    {
        node.Asked();
        return world.Delay(world.Draw(Fastest, Slowest));
    }

    /// <summary>The checks are asked before it happens: they see what is about to go.</summary>
    private async Task SayAsync(string what, string container, CancellationToken cancellationToken)
    {
        Container found;
        try
        {
            found = await _engine.Containers.InspectAsync(container, cancellationToken);
        }
        catch (RuntimeException)
        {
            // It is gone, or the engine is: then nothing happens to it.
            return;
        }

        world.Trace.Add($"{life.Name} {what} {found.Name}");
        if (found.State == ContainerState.Running)
            world.Checks.Stopping(cluster, node, found);
    }
}
