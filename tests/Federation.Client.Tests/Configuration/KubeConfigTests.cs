using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Federation.Client.Tests.Configuration;

public sealed class KubeConfigTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Load_CurrentContext_GivesServerTokenAuthorityNamespace()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(99));
        File.WriteAllText(_path, Config(Convert.ToBase64String(Encoding.ASCII.GetBytes(authority.ExportCertificatePem()))));

        var options = KubeConfig.Load(_path);

        options.Server.ShouldBe(new Uri("https://127.0.0.1:8443"));
        options.Token.ShouldBe("t0ken");
        options.Namespace.ShouldBe("shop");
        options.Authorities.ShouldHaveSingleItem().Thumbprint.ShouldBe(authority.Thumbprint);
    }

    [Fact]
    public void Load_OtherContext_IsUsedInsteadOfTheCurrent()
    {
        File.WriteAllText(_path, Config("").Replace("certificate-authority-data: ''", "insecure: x", StringComparison.Ordinal));

        KubeConfig.Load(_path, "other").Token.ShouldBeNull();
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("kind: Config", "there is no current-context")]
    [InlineData("current-context: x", "contexts has no entry named 'x'")]
    [InlineData("a: }", "line 1")]
    public void Load_Unusable_SaysWhatIsMissing(string text, string message)
    {
        File.WriteAllText(_path, text);

        var problem = Should.Throw<KubeConfigException>(() => KubeConfig.Load(_path)).Message;
        problem.ShouldStartWith(_path);
        problem.ShouldContain(message);
    }

    [Fact]
    public void Load_NoFile_SaysSo() => Should.Throw<KubeConfigException>(() => KubeConfig.Load(_path + ".missing")).Message.ShouldContain("missing");

    private static string Config(string authority) => $"""
        apiVersion: v1
        kind: Config
        current-context: main
        contexts:
        - name: main
          context: {"{ cluster: c, user: u, namespace: shop }"}
        - name: other
          context: {"{ cluster: c }"}
        clusters:
        - name: c
          cluster:
            server: https://127.0.0.1:8443
            certificate-authority-data: '{authority}'
        users:
        - name: u
          user: {"{ token: t0ken }"}
        """;
}
