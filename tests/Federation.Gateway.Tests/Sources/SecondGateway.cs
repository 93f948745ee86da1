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
    private int _watchesBegun;

    private SecondGateway(WebApplication app, ObjectCache cache, HeldStore store, string kubeConfigPath) =>
        (_app, _cache, Store, KubeConfigPath, Client) = (app, cache, store, kubeConfigPath, new FederationClient(KubeConfig.Load(kubeConfigPath)));

    public HeldStore Store { get; }

    public string KubeConfigPath { get; }

    /// <summary>How many watches have been answered so far.</summary>
    public int WatchesBegun => Volatile.Read(ref _watchesBegun);

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
        SecondGateway? second = null;
        app.Use((context, next) =>
        {
            if (context.Request.Query.ContainsKey("watch"))
                context.Response.OnStarting(() => Task.FromResult(Interlocked.Increment(ref second!._watchesBegun)));
            return next(context);
        });
        app.MapFederationGateway();
        await app.StartAsync();
        var path = await app.Services.GetRequiredService<GatewayBootstrap>().Done.WaitAsync(TimeSpan.FromSeconds(30));
        return second = new SecondGateway(app, cache, store, path);
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
