using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MemberCluster.Agent.ClusterRole.Listening;
using MemberCluster.Agent.ControlPlane;

namespace MemberCluster.Agent.NodeRole;

/// <summary>The one certificate that a node takes for its cluster agent's.</summary>
internal sealed class CertificatePin
{
    /// <summary>As <see cref="NodeSecrets.FingerprintOf"/> writes it; null: none is accepted.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>Another one was shown last: somebody else is there, or a cluster agent that lost its disk.</summary>
    public bool IsRefused { get; private set; }

    public bool Accepts(X509Certificate2 certificate)
    {
        IsRefused = Fingerprint is null || !NodeSecrets.AreEqual(NodeSecrets.FingerprintOf(certificate), Fingerprint);
        return !IsRefused;
    }

    /// <summary>What is shown at an address, whoever that is. Nothing is said there.</summary>
    /// <exception cref="ControlPlaneException">Nobody answers.</exception>
    public static async Task<string> LookAsync(Uri server, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        string? seen = null;
        try
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(server.Host, server.Port, limit.Token);
            await using var tls = new SslStream(tcp.GetStream());
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = server.Host,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => (seen = certificate is X509Certificate2 shown ? NodeSecrets.FingerprintOf(shown) : null) is not null,
                },
                limit.Token);
            return seen!;
        }
        catch (Exception exception) when (exception is IOException or SocketException or System.Security.Authentication.AuthenticationException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new ControlPlaneException(ControlPlaneFailure.Unreachable, $"{server} cannot be reached: {exception.Message}", exception);
        }
    }
}
