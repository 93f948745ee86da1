using Federation.Client;
using Federation.Gateway.Hosting;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Gateway.Tests.Sources;

/// <summary>Another gateway over the harness's store: its own cache, which the test can hold back, and the same grains and authority.</summary>
internal sealed class SecondGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ObjectCache _cache;

    private SecondGateway(WebApplication app, ObjectCache cache, HeldStore store, FederationClient client) => (_app, _cache, Store, Client) = (app, cache, store, client);

    public HeldStore Store { get; }

    /// <summary>The administrator's client of this gateway.</summary>
    public FederationClient Client { get; }

    public static async Task<SecondGateway> StartAsync(GatewayHarness first, ObjectCacheOptions? options = null)
    {
        var store = new HeldStore(first.Store);
        var cache = new ObjectCache(store, options ?? new ObjectCacheOptions(), TimeProvider.System, NullLogger<ObjectCache>.Instance);
        await cache.StartAsync(CancellationToken.None);
        await cache.Ready;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddFederationGateway(first.Options with { KubeConfigPath = Path.Combine(first.Options.DataDirectory, $"kubeconfig-{Guid.NewGuid():N}") });
        builder.Services.AddSingleton<IObjectStore>(store);
        builder.Services.AddSingleton<IObjectCache>(cache);
        builder.Services.AddSingleton(first.Grains);
        var app = builder.Build();
        app.MapFederationGateway();
        await app.StartAsync();
        var path = await app.Services.GetRequiredService<GatewayBootstrap>().Done.WaitAsync(TimeSpan.FromSeconds(30));
        return new SecondGateway(app, cache, store, new FederationClient(KubeConfig.Load(path)));
    }

    public async ValueTask DisposeAsync()
    {
        Store.Release();
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _cache.StopAsync(CancellationToken.None);
        _cache.Dispose();
    }
}
