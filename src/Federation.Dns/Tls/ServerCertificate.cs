using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Federation.Dns.Tls;

/// <summary>The certificate that encrypted connections are accepted with. It can be another one at any time; connections keep the one they began with.</summary>
internal sealed class ServerCertificate
{
    private SslServerAuthenticationOptions? _options;

    /// <summary>The end of the certificate in use; null: there is none yet.</summary>
    public DateTimeOffset? NotAfter { get; private set; }

    /// <summary>From now on this certificate is shown to who connects.</summary>
    /// <param name="certificates">In PEM form: the server's own first, then those that lead to the authority.</param>
    /// <param name="key">The server's private key in PEM form.</param>
    /// <exception cref="CryptographicException">They cannot be read, or do not belong together.</exception>
    public void Use(string certificates, string key)
    {
        // The certificate lives as long as there are connections with it: the collector ends it, not its successor.
        var own = X509Certificate2.CreateFromPem(certificates, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificates);
        Volatile.Write(ref _options, new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(own, chain, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        });
        NotAfter = new DateTimeOffset(own.NotAfter);
    }

    /// <summary>Agrees on encryption with who has connected.</summary>
    /// <exception cref="AuthenticationException">No agreement was reached.</exception>
    public async Task<Stream> AcceptAsync(Stream connection, CancellationToken cancellationToken)
    {
        var options = Volatile.Read(ref _options) ?? throw new AuthenticationException("There is no certificate yet.");
        var stream = new SslStream(connection);
        try
        {
            await stream.AuthenticateAsServerAsync(options, cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}
