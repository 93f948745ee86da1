using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Where an engine listens: a unix socket, or TCP with or without TLS.</summary>
public abstract record DockerEndpoint
{
    public const string DefaultSocket = "/var/run/docker.sock";

    private DockerEndpoint()
    {
    }

    /// <summary>The engine is on this machine, so its paths and container addresses are ours too.</summary>
    public abstract bool IsLocal { get; }

    /// <summary>Opens a connection ready for HTTP. Throws what the socket and TLS throw.</summary>
    internal abstract Task<DockerConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Follows the variables every Docker tool follows: DOCKER_HOST (unix://path, tcp://host:port; default: the usual socket),
    /// and DOCKER_TLS_VERIFY or DOCKER_CERT_PATH (a directory with ca.pem, cert.pem, key.pem) for TLS.
    /// </summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.InvalidRequest"/> when a variable makes no sense.</exception>
    public static DockerEndpoint FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        var certificates = variable("DOCKER_CERT_PATH");
        var wantsTls = !string.IsNullOrEmpty(certificates) || !string.IsNullOrEmpty(variable("DOCKER_TLS_VERIFY"));
        if (wantsTls && string.IsNullOrEmpty(certificates))
            certificates = Path.Combine(variable("HOME") ?? "/", ".docker");
        return Parse(variable("DOCKER_HOST"), wantsTls ? certificates : null);
    }

    /// <param name="host">As DOCKER_HOST; null or empty is the usual socket.</param>
    /// <param name="certificates">A directory with ca.pem, cert.pem, key.pem; null is no TLS.</param>
    public static DockerEndpoint Parse(string? host, string? certificates = null)
    {
        if (string.IsNullOrEmpty(host))
            return new Unix(DefaultSocket);
        if (host.StartsWith("unix://", StringComparison.Ordinal) && host.Length > "unix://".Length)
            return new Unix(host["unix://".Length..]);
        if (!Uri.TryCreate(host, UriKind.Absolute, out var uri) || uri.Scheme is not ("tcp" or "http" or "https") || uri.Host.Length == 0)
            throw new RuntimeException(RuntimeFailure.InvalidRequest, $"DOCKER_HOST '{host}' is not supported: expected unix://path or tcp://host:port.");
        var isTls = certificates is not null || uri.Scheme == "https";
        var port = uri.Port > 0 ? uri.Port : isTls ? 2376 : 2375;
        return isTls ? new Tls(uri.IdnHost, port, certificates) : new Tcp(uri.IdnHost, port);
    }

    public sealed record Unix(string Path) : DockerEndpoint
    {
        public override bool IsLocal => true;

        public override string ToString() => $"unix://{Path}";

        internal override async Task<DockerConnection> ConnectAsync(CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancellationToken);
                return DockerConnection.Plain(socket);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    public sealed record Tcp(string Host, int Port) : DockerEndpoint
    {
        public override bool IsLocal => IPAddress.TryParse(Host, out var address) ? IPAddress.IsLoopback(address) : Host == "localhost";

        public override string ToString() => $"tcp://{Host}:{Port}";

        internal override async Task<DockerConnection> ConnectAsync(CancellationToken cancellationToken)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(Host, Port, cancellationToken);
                return DockerConnection.Plain(socket);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>The server is always verified: against ca.pem when there is one, else against the machine's trust store.</summary>
    public sealed record Tls(string Host, int Port, string? Certificates) : DockerEndpoint
    {
        public override bool IsLocal => new Tcp(Host, Port).IsLocal;

        public override string ToString() => $"tcp+tls://{Host}:{Port}";

        internal override async Task<DockerConnection> ConnectAsync(CancellationToken cancellationToken)
        {
            // Read at each connection, so renewed certificates are used without a restart.
            var options = new SslClientAuthenticationOptions { TargetHost = Host };
            using var client = LoadClientCertificate();
            using var authority = LoadAuthority();
            if (client is not null)
                options.ClientCertificates = [client];
            if (authority is not null)
            {
                options.CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                options.CertificateChainPolicy.CustomTrustStore.Add(authority);
            }

            var plain = await new Tcp(Host, Port).ConnectAsync(cancellationToken);
            var tls = new SslStream(plain.Stream);
            try
            {
                await tls.AuthenticateAsClientAsync(options, cancellationToken);
                return DockerConnection.Secured(tls);
            }
            catch
            {
                await tls.DisposeAsync();
                throw;
            }
        }

        private X509Certificate2? LoadClientCertificate() => Find("cert.pem") is { } certificate && Find("key.pem") is { } key
            ? X509Certificate2.CreateFromPemFile(certificate, key)
            : null;

        private X509Certificate2? LoadAuthority() => Find("ca.pem") is { } path ? X509CertificateLoader.LoadCertificateFromFile(path) : null;

        private string? Find(string file)
        {
            var path = Certificates is null ? null : Path.Combine(Certificates, file);
            return File.Exists(path) ? path : null;
        }
    }
}
