namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>One agent's connection to a <see cref="FakeEngine"/>.</summary>
internal sealed class FakeRuntime(FakeEngine engine) : IContainerRuntime
{
    public IContainers Containers { get; } = new FakeContainers(engine);

    public IImages Images { get; } = new FakeImages(engine);

    public INetworks Networks { get; } = new FakeNetworks(engine);

    public IVolumes Volumes { get; } = new FakeVolumes(engine);

    public Task PingAsync(CancellationToken cancellationToken) => engine.BeforeAsync(FakeOperation.Ping, engine.Options.Name, cancellationToken);

    public async Task<EngineInfo> GetInfoAsync(CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.Info, engine.Options.Name, cancellationToken);
        var options = engine.Options;
        return new EngineInfo
        {
            Id = FakeContainerStore.Hash(options.Name),
            Name = options.Name,
            Version = FakeEngine.EngineVersion,
            ApiVersion = "1.51",
            Architecture = "amd64",
            OperatingSystem = "Fake",
            KernelVersion = "0.0.0-fake",
            Cpus = options.Cpus,
            MemoryBytes = options.MemoryBytes,
            DataRoot = "/",
            DiskTotalBytes = options.DiskTotalBytes,
            DiskFreeBytes = engine.Faults.DiskFull ? 0 : options.DiskFreeBytes,
        };
    }

    public async Task<IRuntimeEventStream> SubscribeAsync(EventFilter filter, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.Subscribe, "events", cancellationToken);
        return engine.Events.Subscribe(filter, since, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
