using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federation.Gateway.Hosting;

namespace Federation.Gateway.Tls;

/// <summary>The federation's own certificate authority: made at the first start, kept in the data folder, the root of trust of every client.</summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>Clocks differ: a certificate is valid from a little before it was made.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>PEM, for clients.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    public static CertificateAuthority LoadOrCreate(GatewayOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var (certificateFile, keyFile) = (Path.Combine(options.GatewayDirectory, "ca.crt"), Path.Combine(options.GatewayDirectory, "ca.key"));
        // The certificate is written last: with it, the pair is complete.
        if (File.Exists(certificateFile))
            return new CertificateAuthority(X509Certificate2.CreateFromPemFile(certificateFile, keyFile));
        PrivateFiles.CreateDirectory(options.GatewayDirectory);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=federation-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        var certificate = request.CreateSelfSigned(now - ClockTolerance, now + options.AuthorityLifetime);
        PrivateFiles.Write(keyFile, key.ExportPkcs8PrivateKeyPem());
        PrivateFiles.Write(certificateFile, certificate.ExportCertificatePem());
        return new CertificateAuthority(certificate);
    }

    /// <summary>A server certificate for the names and addresses that clients use.</summary>
    public X509Certificate2 Issue(GatewayOptions options, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=federation-gateway", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(Names(options));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var until = now + options.CertificateLifetime;
        // No certificate outlives, or predates, the one that vouches for it.
        var (from, last) = (now - ClockTolerance, new DateTimeOffset(_certificate.NotAfter));
        var first = new DateTimeOffset(_certificate.NotBefore);
        using var issued = request.Create(_certificate, from > first ? from : first, until < last ? until : last, RandomNumberGenerator.GetBytes(16));
        using var withKey = issued.CopyWithPrivateKey(key);
        // Through PKCS#12: some TLS stacks cannot use a key that lives only in memory.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), password: null);
    }

    public void Dispose() => _certificate.Dispose();

    private static X509Extension Names(GatewayOptions options)
    {
        var builder = new SubjectAlternativeNameBuilder();
        var addresses = new HashSet<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        if (!options.ListenAddress.Equals(IPAddress.Any) && !options.ListenAddress.Equals(IPAddress.IPv6Any))
            addresses.Add(options.ListenAddress);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "localhost" };
        foreach (var name in options.PublicNames)
        {
            if (IPAddress.TryParse(name, out var address))
                addresses.Add(address);
            else
                names.Add(name);
        }

        foreach (var name in names)
            builder.AddDnsName(name);
        foreach (var address in addresses)
            builder.AddIpAddress(address);
        return builder.Build();
    }
}
