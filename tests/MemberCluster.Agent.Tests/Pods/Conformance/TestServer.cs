using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Federation.Api.Apps;

namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>Answers every request with 200 and counts them, for probes and hooks that call somebody outside the pod.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2? _certificate;
    private readonly Task _running;
    private int _requests;

    private TestServer(X509Certificate2? certificate)
    {
        _certificate = certificate;
        _listener.Start();
        _running = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Requests => Volatile.Read(ref _requests);

    public HttpGetAction Action => new() { Host = "127.0.0.1", Port = Port };

    public static TestServer Http() => new(null);

    /// <summary>With a certificate that nobody signed.</summary>
    public static TestServer Https()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=nobody", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return new TestServer(X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            try
            {
                await AnswerAsync(client.GetStream());
            }
            catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
            {
                // Not a request.
            }
        }
    }

    private async Task AnswerAsync(Stream stream)
    {
        if (_certificate is not null)
        {
            var secured = new SslStream(stream);
            await secured.AuthenticateAsServerAsync(_certificate);
            stream = secured;
        }

        using var reader = new StreamReader(stream, Encoding.ASCII);
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
        {
            // What is asked for does not matter.
        }

        Interlocked.Increment(ref _requests);
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
    }
}
