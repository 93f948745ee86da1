using System.Security.Cryptography.X509Certificates;
using Federation.Gateway.Hosting;

namespace Federation.Gateway.Tls;

/// <summary>The certificate that new connections get: issued at start, and again while a third of its life is left.</summary>
internal sealed class ServerCertificate(CertificateAuthority authority, GatewayOptions options, TimeProvider time)
{
    private readonly Lock _renewing = new();
    private volatile Issued? _current;

    public X509Certificate2 Current
    {
        get
        {
            var now = time.GetUtcNow();
            if (_current is { } current && now < current.RenewAt)
                return current.Certificate;
            lock (_renewing)
            {
                // The old one is not disposed: connections being set up may still hold it.
                if (_current is null || now >= _current.RenewAt)
                    _current = new Issued(authority.Issue(options, now), now + options.CertificateLifetime * 2 / 3);
                return _current.Certificate;
            }
        }
    }

    private sealed record Issued(X509Certificate2 Certificate, DateTimeOffset RenewAt);
}
