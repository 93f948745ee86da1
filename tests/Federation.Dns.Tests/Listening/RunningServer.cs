using System.Net;
using Federation.Dns.Answering.Cookies;
using Federation.Dns.Hosting;
using Federation.Dns.Places;
using Federation.Dns.Signing;
using Federation.Dns.Tests.Support;
using Federation.Dns.Tls;
using Federation.Dns.Zones;
using Federation.TestKit.Network;
using Federation.TestKit.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Dns.Tests.Listening;

/// <summary>A name server on a free port of the loopback, with a zone from text.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public RunningServer(string zone, Action<NameServerOptions>? configure = null)
        : this(ZoneText.Load(zone), configure)
    {
    }

    public RunningServer(ZoneState zone, Action<NameServerOptions>? configure = null, SigningState? signing = null)
    {
        Options = new NameServerOptions { UdpWorkers = 2 };
        Options.Endpoints.Clear();
        Options.Endpoints.Add(Ports.FreeEndpoint());
        configure?.Invoke(Options);
        State = zone;
        Server = new NameServer(Options, State, new PlaceState(), new ServerCookies(TimeProvider.System), new NameServerMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), State, new PlaceState()), TimeProvider.System, NullLogger<NameServer>.Instance) { Certificate = Certificate, Signing = signing ?? new SigningState() };
    }

    /// <summary>That of encrypted connections.</summary>
    public ServerCertificate Certificate { get; } = new();

    public NameServerOptions Options { get; }

    public ZoneState State { get; }

    public NameServer Server { get; }

    public IPEndPoint Endpoint => Server.Endpoints[0];

    public async Task<RunningServer> StartAsync()
    {
        await Server.StartAsync(CancellationToken.None);
        return this;
    }

    /// <summary>Runs <c>dig</c> against the server and returns what it printed.</summary>
    public async Task<string> DigAsync(params string[] arguments)
    {
        var result = await Command.RunAsync("dig", [$"@{Endpoint.Address}", "-p", $"{Endpoint.Port}", "+time=5", "+tries=1", .. arguments]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _services.DisposeAsync();
    }
}
