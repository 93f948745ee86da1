using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Listening;

/// <summary>The certificate under which a cluster agent listens for nodes: made once, kept in the data directory. Nodes know it by its fingerprint; its name and dates mean nothing to them.</summary>
internal static class NodeCertificate
{
    private const int Years = 50;

    /// <exception cref="AgentStartException">It cannot be read or stored.</exception>
    public static X509Certificate2 LoadOrCreate(string dataDirectory, string cluster)
    {
        var path = Path.Combine(dataDirectory, "node-listener.pem");
        try
        {
            if (File.Exists(path))
                return Load(File.ReadAllText(path));
            Directory.CreateDirectory(dataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var pem = Create(cluster);
            DurableFile.Replace(path, Encoding.ASCII.GetBytes(pem));
            return Load(pem);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AgentStartException($"The certificate for nodes in {path} cannot be used: {exception.Message}", exception);
        }
    }

    private static string Create(string cluster)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=federation cluster agent {cluster}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = request.CreateSelfSigned(from, from.AddYears(Years));
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    private static X509Certificate2 Load(string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem, pem);
        // A key that exists in memory only is not taken by every TLS stack.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }
}
