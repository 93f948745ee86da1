using System.Net;
using System.Security.Cryptography.X509Certificates;
using Federation.Api.Nodes;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ClusterRole.Listening;

/// <summary>Serves nodes on other machines over HTTPS. Only a cluster agent that was told to listen pays for it.</summary>
internal sealed partial class NodeListener : IDisposable
{
    /// <summary>A full report of a machine with a thousand pods is a few megabytes.</summary>
    private const long LargestBody = 64 * 1024 * 1024;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopAtMost = TimeSpan.FromSeconds(2);

    private readonly AgentOptions _options;
    private readonly IPEndPoint _endpoint;
    private readonly X509Certificate2 _certificate;
    private readonly NodeCredentials _credentials;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<NodeListener> _logger;
    private readonly TimeProvider _time;

    /// <exception cref="AgentStartException">The certificate or the credentials cannot be used.</exception>
    public NodeListener(AgentOptions options, IPEndPoint endpoint, ILoggerFactory loggers, TimeProvider time)
    {
        (_options, _endpoint, _loggers, _time) = (options, endpoint, loggers, time);
        _logger = loggers.CreateLogger<NodeListener>();
        _certificate = NodeCertificate.LoadOrCreate(options.Data, options.Cluster);
        _credentials = new NodeCredentials(options.Data);
        try
        {
            _credentials.Load();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The data directory {options.Data} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>The names in the federation of the nodes that have joined.</summary>
    public IReadOnlyList<string> JoinedNodes => [.. _credentials.Nodes.Select(host => NodeNames.Of(_options.Cluster, host))];

    /// <summary>Of the certificate.</summary>
    public string Fingerprint => NodeSecrets.FingerprintOf(_certificate);

    /// <summary>Where it really listens, once it does.</summary>
    public int Port { get; private set; }

    /// <exception cref="AgentStartException">The address cannot be listened on.</exception>
    public async Task RunAsync(ClusterAgent agent, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var app = Build(agent.Hub, agent.IsHeardAsync, stopping.Token);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new AgentStartException($"Nodes cannot be listened for on {_endpoint}: {exception.Message}", exception);
        }

        Port = new Uri(app.Urls.First()).Port;
        LogListening(_endpoint, Fingerprint);
        using var timer = new PeriodicTimer(LookAgain, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                Forget(agent);
        }
        finally
        {
            await stopping.CancelAsync();
            using var limit = new CancellationTokenSource(StopAtMost);
            await app.StopAsync(limit.Token);
        }
    }

    public void Dispose() => _certificate.Dispose();

    /// <summary>Nodes whose credential was removed are given up.</summary>
    private void Forget(ClusterAgent agent)
    {
        try
        {
            foreach (var host in _credentials.Load())
                agent.Forget(NodeNames.Of(_options.Cluster, host));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(exception.Message);
        }
    }

    private WebApplication Build(NodeHub hub, Func<string, Task<bool>> isHeard, CancellationToken stopping)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(_loggers);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = LargestBody;
            server.Listen(_endpoint, listen => listen.UseHttps(_certificate));
        });
        var app = builder.Build();
        var admission = new NodeAdmission(_options, Fingerprint, new NodeTokens(_options.Data, _time), _credentials, isHeard, _loggers.CreateLogger<NodeAdmission>());
        var endpoints = new NodeEndpoints(_options.Cluster, hub, admission, _credentials, _time, _loggers.CreateLogger<NodeEndpoints>(), stopping);
        app.UseWebSockets();
        app.Run(endpoints.ServeAsync);
        return app;
    }

    [LoggerMessage(EventId = 842, Level = LogLevel.Information, Message = "Listening for nodes on {Endpoint}, certificate {Fingerprint}")]
    private partial void LogListening(IPEndPoint endpoint, string fingerprint);

    [LoggerMessage(EventId = 843, Level = LogLevel.Warning, Message = "The nodes' credentials cannot be read; those that are known count on. {Problem}")]
    private partial void LogUnreadable(string problem);
}
