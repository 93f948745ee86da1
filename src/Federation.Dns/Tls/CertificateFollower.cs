using System.Security.Cryptography;
using Federation.Dns.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Tls;

/// <summary>Keeps the certificate as its files have it. Files that go away, become wrong or do not belong together (one is written before the other) change nothing; later ones do.</summary>
internal sealed partial class CertificateFollower(string certificateFile, string keyFile, ServerCertificate certificate, TimeProvider time, ILogger<CertificateFollower> logger) : BackgroundService
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(5);
    private (string Certificate, string Key)? _used;
    private string? _lastProblem;

    /// <exception cref="NameServerStartException">The files cannot be read, or what they say is wrong.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (TryUse() is { } problem)
            throw new NameServerStartException(problem);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var problem = TryUse();
                if (problem is not null && problem != _lastProblem)
                    LogKept(problem);
                _lastProblem = problem;
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>A sentence about what is wrong with the files; null: the certificate is in use.</summary>
    private string? TryUse()
    {
        try
        {
            var texts = (File.ReadAllText(certificateFile), File.ReadAllText(keyFile));
            if (texts == _used)
                return null;
            certificate.Use(texts.Item1, texts.Item2);
            if (_used is not null)
                LogChanged(certificate.NotAfter);
            _used = texts;
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The certificate of the name server cannot be read from '{certificateFile}' and '{keyFile}': {exception.Message}";
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return $"'{certificateFile}' and '{keyFile}' are no certificate with its private key in PEM form: {exception.Message}";
        }
    }

    [LoggerMessage(EventId = 5081, Level = LogLevel.Information, Message = "Encrypted DNS has another certificate, good until {End}")]
    private partial void LogChanged(DateTimeOffset? end);

    [LoggerMessage(EventId = 5082, Level = LogLevel.Warning, Message = "The certificate of encrypted DNS stays what it was. {Problem}")]
    private partial void LogKept(string problem);
}
