using Federation.Api.Credentials;
using Federation.Gateway.Auth;
using Federation.Gateway.Http;
using Federation.Gateway.Tls;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Hosting;

/// <summary>At every start: an administrator's credential exists, and the kubeconfig has its token, the authority and the address. Safe to repeat.</summary>
public sealed partial class GatewayBootstrap : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    private readonly GatewayOptions _options;
    private readonly CertificateAuthority _authority;
    private readonly IServer _server;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly CredentialWriter _credentials;
    private readonly Authenticator _authenticator;
    private readonly IObjectCache _cache;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<string> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal GatewayBootstrap(
        GatewayOptions options, CertificateAuthority authority, IServer server, IHostApplicationLifetime lifetime, CredentialWriter credentials, Authenticator authenticator,
        IObjectCache cache, TimeProvider time, ILogger<GatewayBootstrap> logger)
    {
        (_options, _authority, _server, _lifetime) = (options, authority, server, lifetime);
        (_credentials, _authenticator, _cache, _time, _logger) = (credentials, authenticator, cache, time, logger);
    }

    /// <summary>Completes with the kubeconfig's path once it can be used.</summary>
    public Task<string> Done => _done.Task;

    internal bool IsDone => _done.Task.IsCompletedSuccessfully;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await StartedAsync(stoppingToken);
                await _cache.Ready.WaitAsync(stoppingToken);
                await WriteAsync(stoppingToken);
                LogReady(_options.KubeConfigFile);
                _done.TrySetResult(_options.KubeConfigFile);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is StoreUnavailableException or RefusedException or TimeoutException or IOException or UnauthorizedAccessException)
            {
                LogFailed(failure.Message);
                await Task.Delay(RetryAfter, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        // A token whose credential is gone was revoked, or belongs to another store: it never comes back to life.
        var token = KubeConfigFile.ReadToken(_options.KubeConfigFile);
        if (token is null || _authenticator.Authenticate($"Bearer {token}")?.Role != CredentialRole.Admin)
            token = await _credentials.CreateAsync(new CredentialSpec { Role = CredentialRole.Admin, Subject = "admin" }, cancellationToken);
        KubeConfigFile.Write(_options.KubeConfigFile, ServerUrl(), _authority.CertificatePem, token);
    }

    private Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lifetime.ApplicationStarted.Register(started.SetResult);
        return started.Task.WaitAsync(cancellationToken);
    }

    /// <summary>With the port that was really taken.</summary>
    private Uri ServerUrl()
    {
        var port = _options.Port != 0 ? _options.Port
            : _server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(address => new Uri(address).Port).FirstOrDefault() ?? 0;
        return new UriBuilder(Uri.UriSchemeHttps, _options.ClientHost, port).Uri;
    }

    [LoggerMessage(EventId = 4002, Level = LogLevel.Information, Message = "The administrator's kubeconfig is at {Path}")]
    private partial void LogReady(string path);

    [LoggerMessage(EventId = 4003, Level = LogLevel.Warning, Message = "The administrator's credential cannot be written yet: {Reason}")]
    private partial void LogFailed(string reason);
}
