using System.Security.Cryptography;
using Federation.Dns.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Tls;

/// <summary>Keeps the certificate as its files have it. Files that go away, become wrong or do not belong together (one is written before the other) change nothing; later ones do.</summary>
internal sealed partial class CertificateFollower(string certificateFile, string keyFile, ServerCertificate certificate, TimeProvider time, ILogger<CertificateFollower> logger) : SettingsFollower(time)
{
    private (string Certificate, string Key)? _used;

    /// <summary>A sentence about what is wrong with the files; null: the certificate is in use.</summary>
    protected override string? TryUse()
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

    protected override void LogKept(string problem) => LogNotUsed(problem);

    [LoggerMessage(EventId = 5081, Level = LogLevel.Information, Message = "Encrypted DNS has another certificate, good until {End}")]
    private partial void LogChanged(DateTimeOffset? end);

    [LoggerMessage(EventId = 5082, Level = LogLevel.Warning, Message = "The certificate of encrypted DNS stays what it was. {Problem}")]
    private partial void LogNotUsed(string problem);
}
