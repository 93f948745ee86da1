using System.Net;
using System.Security.Cryptography.X509Certificates;
using Federation.Gateway.Hosting;
using Federation.Gateway.Tls;

namespace Federation.Gateway.Tests.Tls;

public sealed class CertificateTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("federation-tls-");
    private readonly MovableTime _time = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Authority_SecondStart_IsTheSame_AndItsKeyIsPrivate()
    {
        using var first = CertificateAuthority.LoadOrCreate(Options(), _time);
        using var second = CertificateAuthority.LoadOrCreate(Options(), _time);

        second.CertificatePem.ShouldBe(first.CertificatePem);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_directory.FullName, "gateway")))
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
    }

    [Fact]
    public void Issue_Names_CoverAddressesAndConfiguredNames()
    {
        using var authority = CertificateAuthority.LoadOrCreate(Options(), _time);
        using var certificate = authority.Issue(Options(), _time.Now);

        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        names.EnumerateDnsNames().ShouldBe(["localhost", "gateway.example"], ignoreOrder: true);
        names.EnumerateIPAddresses().ShouldBe([IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("10.1.2.3"), IPAddress.Parse("192.0.2.7")], ignoreOrder: true);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _time.Now.UtcDateTime;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(authority.CertificatePem);
        chain.Build(certificate).ShouldBeTrue();
    }

    [Fact]
    public void ServerCertificate_AThirdOfItsLifeLeft_IsRenewed()
    {
        using var authority = CertificateAuthority.LoadOrCreate(Options(), _time);
        var server = new ServerCertificate(authority, Options(), _time);
        var first = server.Current.Thumbprint;

        _time.Now += TimeSpan.FromDays(59);
        server.Current.Thumbprint.ShouldBe(first);
        _time.Now += TimeSpan.FromDays(2);
        server.Current.Thumbprint.ShouldNotBe(first);
        new DateTimeOffset(server.Current.NotAfter).ShouldBeGreaterThan(_time.Now + TimeSpan.FromDays(80));
    }

    private GatewayOptions Options() => new() { DataDirectory = _directory.FullName, ListenAddress = IPAddress.Parse("10.1.2.3"), PublicNames = ["gateway.example", "192.0.2.7"] };

    private sealed class MovableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
