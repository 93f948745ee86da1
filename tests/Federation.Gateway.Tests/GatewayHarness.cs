using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Core;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Client;
using Federation.Client.Agents;
using Federation.Gateway.Hosting;
using Federation.Grains.Hosting;
using Federation.Storage;
using Federation.Storage.Cache;
using Federation.Storage.Sqlite;
using Federation.TestKit.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Gateway.Tests;

/// <summary>A control plane of store, grains and gateway in this process: real TLS on a loopback port, the real clock.</summary>
public sealed class GatewayHarness : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("federation-gateway-");
    private SqliteObjectStore _store = null!;
    private GrainTestCluster _grains = null!;
    private WebApplication _app = null!;

    /// <summary>The administrator's client.</summary>
    public FederationClient Client { get; private set; } = null!;

    public string KubeConfigPath => Path.Combine(_directory.FullName, "kubeconfig");

    public IServiceProvider Services => _app.Services;

    public IObjectStore Store => _store;

    public IObjectCache Cache => _grains.Services.GetRequiredService<IObjectCache>();

    public IGrainFactory Grains => _grains.GrainFactory;

    public Action<IServiceCollection>? Configure { get; init; }

    internal GatewayOptions Options => new()
    {
        DataDirectory = _directory.FullName,
        Port = 0,
        BookmarkInterval = TimeSpan.FromMilliseconds(200),
        AgentSignInterval = TimeSpan.FromMilliseconds(200),
        AgentStreamTimeout = TimeSpan.FromSeconds(3),
        FreshnessTimeout = TimeSpan.FromSeconds(1),
    };

    public async Task InitializeAsync()
    {
        var options = new SqliteStoreOptions { Path = Path.Combine(_directory.FullName, "store.db") };
        _store = await SqliteObjectStore.OpenAsync(options, NullLogger<SqliteObjectStore>.Instance, CancellationToken.None);
        _grains = await GrainTestCluster.StartAsync(new GrainTestClusterOptions { GrainAssemblies = [typeof(FederationGrainsExtensions).Assembly] }, ConfigureGrains);
        await Cache.Ready;
        await StartGatewayAsync();
        foreach (var name in (string[])["default", "shop"])
            await Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } });
    }

    public async Task DisposeAsync()
    {
        await StopGatewayAsync();
        await _grains.DisposeAsync();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    public async Task RestartGatewayAsync()
    {
        await StopGatewayAsync();
        await StartGatewayAsync();
    }

    /// <summary>The whole control plane, memory and all; the store stays.</summary>
    public async Task RestartAsync()
    {
        await StopGatewayAsync();
        await _grains.RestartAsync();
        await Cache.Ready;
        await StartGatewayAsync();
    }

    /// <param name="client">Whose gateway and token; null: <see cref="Client"/>.</param>
    public HttpClient Http(string? token = null, FederationClient? client = null)
    {
        var options = (client ?? Client).Options;
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new() { TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust, RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck };
        foreach (var authority in options.Authorities)
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(authority);
        var http = new HttpClient(handler) { BaseAddress = options.Server };
        if ((token ?? options.Token) is { Length: > 0 } bearer)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return http;
    }

    public async Task<(HttpStatusCode Code, JsonElement Body)> SendAsync(
        HttpMethod method, string path, string? body = null, string contentType = "application/json", string? token = null, string accept = "application/json", FederationClient? client = null)
    {
        using var http = Http(token, client);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } };
        using var response = await http.SendAsync(request);
        var json = await response.Content.ReadAsByteArrayAsync();
        return (response.StatusCode, json.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(json));
    }

    /// <summary>An agent that has joined.</summary>
    public async Task<AgentClient> JoinAsync(string cluster, string region = "us-east")
    {
        using var admin = new AgentClient(Client.Options);
        var token = await admin.CreateTokenAsync(new JoinTokenRequest { Cluster = cluster });
        using var joining = new AgentClient(Client.Options with { Token = token.Token });
        var answer = await joining.JoinAsync(new JoinRequest { Cluster = cluster, Region = region, Addresses = ["127.0.1.1"], AgentVersion = "test" });
        return new AgentClient(Client.Options with { Token = answer.Credential });
    }

    /// <summary>Writes past the grains, as another silo would: objects in a state that only controllers bring about. The object's own controller may write it at the same moment.</summary>
    public async Task<long> StoreAsync(Resource resource)
    {
        WriteOutcome outcome;
        do
        {
            var current = await _store.GetAsync(resource.Key, CancellationToken.None);
            outcome = await _store.WriteAsync(
                new ObjectWrite.Put(resource.Key, resource.Metadata.Uid!, resource.Metadata.Generation, ApiJson.Write(resource), null, current?.Revision ?? 0), CancellationToken.None);
        }
        while (outcome is WriteOutcome.Conflict);
        return outcome.ShouldBeOfType<WriteOutcome.Written>().Revision;
    }

    private async Task StartGatewayAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddFederationGateway(Options);
        builder.Services.AddSingleton<IObjectStore>(_store);
        builder.Services.AddSingleton(Cache);
        builder.Services.AddSingleton(Grains);
        Configure?.Invoke(builder.Services);
        _app = builder.Build();
        _app.MapFederationGateway();
        await _app.StartAsync();
        var path = await _app.Services.GetRequiredService<GatewayBootstrap>().Done.WaitAsync(TimeSpan.FromSeconds(30));
        Client = new FederationClient(KubeConfig.Load(path));
    }

    private async Task StopGatewayAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private void ConfigureGrains(IServiceCollection services)
    {
        services.AddSingleton<IObjectStore>(_store);
        services.AddSingleton(new ObjectCacheOptions());
        services.AddSingleton<ObjectCache>();
        services.AddSingleton<IObjectCache>(provider => provider.GetRequiredService<ObjectCache>());
        services.AddHostedService(provider => provider.GetRequiredService<ObjectCache>());
        services.AddFederationGrains();
    }
}
