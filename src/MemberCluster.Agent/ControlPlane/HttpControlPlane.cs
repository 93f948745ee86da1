using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Federation.Api.Agents;
using Federation.Api.Streams;
using Federation.Client;
using Federation.Client.Agents;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.NodeRole;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ControlPlane;

/// <summary>The control plane over HTTP, by the typed client; or, to a node, its cluster agent, which speaks the same.</summary>
internal sealed partial class HttpControlPlane : IControlPlane, IDisposable
{
    /// <summary>A heartbeat that takes longer renews nothing: the next one may go another way.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);

    private readonly Uri _server;
    private readonly string _name;
    private readonly Func<X509Certificate2, bool>? _acceptsCertificate;
    private readonly TimeProvider _time;
    private readonly ILogger<HttpControlPlane> _logger;
    private readonly X509Certificate2Collection _authorities = [];
    private AgentClient _client;

    /// <exception cref="AgentStartException">The authority's file cannot be read.</exception>
    public HttpControlPlane(AgentOptions options, TimeProvider time, ILogger<HttpControlPlane> logger)
    {
        (_server, _name, _time, _logger) = (options.ControlPlane, options.Cluster, time, logger);
        if (options.CaFile is { } path)
        {
            try
            {
                _authorities.ImportFromPemFile(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
            {
                throw new AgentStartException($"The authority's certificate in {path} cannot be read: {exception.Message}", exception);
            }
        }

        _client = NewClient(token: null);
    }

    /// <summary>A node's cluster agent, known by its certificate alone.</summary>
    public HttpControlPlane(Uri clusterAgent, string node, CertificatePin pin, TimeProvider time, ILogger<HttpControlPlane> logger)
    {
        (_server, _name, _acceptsCertificate, _time, _logger) = (clusterAgent, node, pin.Accepts, time, logger);
        _client = NewClient(token: null);
    }

    public void Dispose() => _client.Dispose();

    public void UseCredential(string credential)
    {
        _client.Dispose();
        _client = NewClient(credential);
    }

    public async Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken)
    {
        using var client = NewClient(joinToken);
        return await GuardAsync(() => client.JoinAsync(request, cancellationToken));
    }

    public Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken) =>
        GuardAsync(() => _client.ReportAsync(_name, report, cancellationToken));

    /// <summary>Whom to measure the distance to.</summary>
    /// <exception cref="ControlPlaneException">It cannot be said now.</exception>
    public Task<RegionPeers> PeersAsync(CancellationToken cancellationToken) => GuardAsync(() => _client.PeersAsync(_name, cancellationToken));

    public IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, CancellationToken cancellationToken) =>
        GuardAsync(_client.WorksAsync(_name, since, store, LogLost, cancellationToken), cancellationToken);

    public IAsyncEnumerable<StreamRequest> WatchStreamsAsync(CancellationToken cancellationToken) =>
        GuardAsync(_client.StreamRequestsAsync(_name, onProblem: null, cancellationToken), cancellationToken);

    public Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken) =>
        GuardAsync(() => _client.OpenStreamAsync(_name, id, cancellationToken));

    public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            await _client.PostStreamErrorAsync(_name, id, code, message, cancellationToken);
            return true;
        });

    public Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken) =>
        GuardAsync(() => _client.OpenVolumeAsync(_name, query, cancellationToken));

    public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken) =>
        GuardAsync(() => _client.OpenSnapshotAsync(_name, query, cancellationToken));

    private AgentClient NewClient(string? token) => new(
        new ClientOptions
        {
            Server = _server,
            Token = token,
            Authorities = [.. _authorities],
            AcceptsCertificate = _acceptsCertificate,
            RequestTimeout = RequestTimeout,
            UserAgent = $"federation-agent/{NodeAgent.Version} ({_name})",
        },
        _time);

    private static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (exception is GatewayUnavailableException or StatusException)
        {
            throw Failed(exception);
        }
    }

    private static async IAsyncEnumerable<T> GuardAsync<T>(IAsyncEnumerable<T> stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var items = stream.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                    yield break;
            }
            catch (Exception exception) when (exception is GatewayUnavailableException or StatusException)
            {
                throw Failed(exception);
            }

            yield return items.Current;
        }
    }

    private static ControlPlaneException Failed(Exception exception) => exception switch
    {
        StatusException { Code: 401 or 403 } => new ControlPlaneException(ControlPlaneFailure.Unauthorized, exception.Message, exception),
        StatusException { Code: not 429 and < 500 } => new ControlPlaneException(ControlPlaneFailure.Refused, exception.Message, exception),
        _ => new ControlPlaneException(ControlPlaneFailure.Unreachable, exception.Message, exception),
    };

    private void LogLost(Exception? cause)
    {
        if (cause is not null)
            LogLost(cause.Message);
    }

    [LoggerMessage(EventId = 120, Level = LogLevel.Debug, Message = "The stream of works broke and is opened again; what runs goes on. {Problem}")]
    private partial void LogLost(string problem);
}
