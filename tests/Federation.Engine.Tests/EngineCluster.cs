using Federation.TestKit.Engine;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Hosting;

namespace Federation.Engine.Tests;

/// <summary>A cluster with the test grains. As a class fixture it is shared by the tests of a class; each test uses keys of its own.</summary>
public sealed class EngineCluster : IAsyncLifetime, IAsyncDisposable
{
    private GrainTestClusterOptions options = DefaultOptions;
    private TimeProvider clock = TimeProvider.System;
    private GrainTestCluster? cluster;

    public static GrainTestClusterOptions DefaultOptions { get; } = new() { GrainAssemblies = [typeof(EngineCluster).Assembly] };

    public Signals Signals { get; } = new();

    public MemoryGrainStorage Storage { get; } = new();

    public IGrainFactory Grains => cluster!.GrainFactory;

    /// <summary>A cluster of the test's own, for tests that stop it or need other settings.</summary>
    public static async Task<EngineCluster> StartAsync(GrainTestClusterOptions? options = null, TimeProvider? clock = null)
    {
        var engine = new EngineCluster { options = options ?? DefaultOptions, clock = clock ?? TimeProvider.System };
        await engine.InitializeAsync();
        return engine;
    }

    public Task RestartAsync() => cluster!.RestartAsync();

    public Task CrashAsync() => cluster!.CrashAsync();

    public Task StopAsync() => cluster!.StopAsync();

    public async Task InitializeAsync() => cluster = await GrainTestCluster.StartAsync(options, services =>
    {
        services.AddSingleton(clock);
        services.AddSingleton(Signals);
        services.AddGrainStorage("Memory", (_, _) => Storage);
    });

    public async Task DisposeAsync() => await cluster!.DisposeAsync();

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
}
