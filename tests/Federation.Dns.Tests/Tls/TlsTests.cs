using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federation.Dns.Hosting;
using Federation.Dns.Tests.Answering;
using Federation.Dns.Tests.Fuzzing;
using Federation.Dns.Tests.Listening;
using Federation.Dns.Tests.Support;
using Federation.Dns.Tls;
using Federation.TestKit.Processes;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Dns.Tests.Tls;

/// <summary>DNS over TLS (RFC 7858).</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private const int PaddingOption = 12;

    private readonly RunningServer _server = new(AnswerCases.Zone, options =>
    {
        options.TlsEndpoints.Add(new IPEndPoint(IPAddress.Loopback, 0));
        (options.TlsCertificateFile, options.TlsKeyFile) = ("given by the test", "given by the test");
        options.MaxTcpConnections = 20;
    });

    private readonly string _directory = Directory.CreateTempSubdirectory("tls").FullName;
    private readonly (string Certificate, string Key) _pair = MakeCertificate("dns.fed.test");

    public async Task InitializeAsync()
    {
        _server.Certificate.Use(_pair.Certificate, _pair.Key);
        await _server.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Kdig_NameOfTheServerAndAuthority_IsAnsweredPadded()
    {
        var authority = Path.Combine(_directory, "ca.pem");
        await File.WriteAllTextAsync(authority, _pair.Certificate);
        var output = await KdigAsync($"+tls-ca={authority}", "+tls-hostname=dns.fed.test", "+padding=128", "web.shop.svc.fed.test", "A", "nope.fed.test", "A");
        output.ShouldContain("TLS session");
        output.ShouldContain("192.0.2.1");
        output.ShouldContain("status: NXDOMAIN");
        output.ShouldContain("468 B", customMessage: output);
        var other = await Command.RunAsync("kdig", KdigArguments($"+tls-ca={authority}", "+tls-hostname=other.fed.test", "web.shop.svc.fed.test"));
        (other.Output + other.Error).ShouldContain("certificate", Case.Insensitive);
        other.Output.ShouldNotContain("192.0.2.1");
    }

    [Fact]
    public async Task Ask_ManyAtOnce_AreAnsweredInOrderAndPaddedWhereAsked()
    {
        await using var stream = await ConnectAsync();
        byte[] padded = [0, PaddingOption, 0, 0];
        for (var i = 0; i < 100; i++)
            await stream.WriteAsync(Framed(TestMessage.Query("web.shop.svc.fed.test", "A", id: (ushort)i, edns: (1232, 0, false), options: i % 2 == 0 ? padded : [])));
        for (var i = 0; i < 100; i++)
        {
            var bytes = await ReadAsync(stream);
            var response = TestMessage.Read(bytes);
            response.Id.ShouldBe((ushort)i);
            response.Addresses.ShouldBe(["192.0.2.1"]);
            response.Options.ContainsKey(PaddingOption).ShouldBe(i % 2 == 0);
            (bytes.Length % 468 == 0).ShouldBe(i % 2 == 0);
        }

        // In the open nobody is fooled by padding.
        new Asker(_server.State).Ask(TestMessage.Query("web.shop.svc.fed.test", "A", edns: (1232, 0, false), options: padded)).Options.ShouldBeEmpty();
    }

    [Fact]
    public async Task Connect_CertificateChanges_NewConnectionsSeeItAndOldOnesGoOn()
    {
        await using var before = await ConnectAsync();
        var (certificate, key) = (Path.Combine(_directory, "cert.pem"), Path.Combine(_directory, "key.pem"));
        Save(_pair);
        var time = new ManualTimeProvider();
        using var follower = new CertificateFollower(certificate, key, _server.Certificate, time, NullLogger<CertificateFollower>.Instance);
        await follower.StartAsync(CancellationToken.None);
        (await SubjectAsync()).ShouldBe("CN=dns.fed.test");

        // A key that belongs to another certificate, and nonsense, change nothing.
        var next = MakeCertificate("next.fed.test");
        Save((next.Certificate, _pair.Key));
        time.Advance(TimeSpan.FromMinutes(1));
        Save(("nonsense", "nonsense"));
        time.Advance(TimeSpan.FromMinutes(1));
        (await SubjectAsync()).ShouldBe("CN=dns.fed.test");

        Save(next);
        await Eventually.TrueAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(6));
                return await SubjectAsync() == "CN=next.fed.test";
            },
            "the new certificate is shown");
        await before.WriteAsync(Framed(TestMessage.Query("web.shop.svc.fed.test", "A")));
        TestMessage.Read(await ReadAsync(before)).Addresses.ShouldBe(["192.0.2.1"]);
        await follower.StopAsync(CancellationToken.None);

        void Save((string Certificate, string Key) pair)
        {
            File.WriteAllText(certificate, pair.Certificate);
            File.WriteAllText(key, pair.Key);
        }
    }

    [Fact]
    public async Task Start_FilesWrongOrMissing_IsASentence()
    {
        var (certificate, key) = (Path.Combine(_directory, "cert.pem"), Path.Combine(_directory, "key.pem"));
        using var follower = new CertificateFollower(certificate, key, new ServerCertificate(), TimeProvider.System, NullLogger<CertificateFollower>.Instance);
        (await Should.ThrowAsync<NameServerStartException>(() => follower.StartAsync(CancellationToken.None))).Message.ShouldContain("cannot be read from");
        await File.WriteAllTextAsync(certificate, _pair.Certificate);
        await File.WriteAllTextAsync(key, "no key");
        (await Should.ThrowAsync<NameServerStartException>(() => follower.StartAsync(CancellationToken.None))).Message.ShouldContain("are no certificate with its private key in PEM form");
        new NameServerOptions { TlsEndpoints = { new IPEndPoint(IPAddress.Loopback, 853) } }.FindErrors().ShouldBe(["DNS over TLS needs the files of a certificate and of its private key."]);
    }

    [Fact]
    public async Task Connect_StrangersWithGarbage_LeaveTheServerAnswering()
    {
        var maker = new PacketMaker(3);
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 60; i++)
            {
                // Noise, the beginning of a handshake that never goes on, plain DNS, silence: more of them than there is room for.
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(_server.Server.TlsEndpoints[0]);
                byte[] sent = (i % 4) switch
                {
                    0 => maker.Noise(1 + maker.Next(2_000)),
                    1 => [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, .. maker.Noise(100)],
                    2 => Framed(maker.Make()),
                    _ => [],
                };
                await socket.SendAsync(sent);
            }

            await using var stream = await ConnectAsync();
            await stream.WriteAsync(Framed(TestMessage.Query("web.shop.svc.fed.test", "A")));
            TestMessage.Read(await ReadAsync(stream)).Addresses.ShouldBe(["192.0.2.1"]);

            // Inside the encryption it is as outside: garbage ends the connection.
            await stream.WriteAsync(new byte[] { 0, 3, 1, 2, 3 });
            (await stream.ReadAsync(new byte[1])).ShouldBe(0);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static (string Certificate, string Key) MakeCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private async Task<SslStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server.Server.TlsEndpoints[0]);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await stream.AuthenticateAsClientAsync("dns.fed.test");
        return stream;
    }

    private async Task<string> SubjectAsync()
    {
        await using var stream = await ConnectAsync();
        return stream.RemoteCertificate!.Subject;
    }

    private static byte[] Framed(byte[] query) => [(byte)(query.Length >> 8), (byte)query.Length, .. query];

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        var length = new byte[2];
        await stream.ReadExactlyAsync(length);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(message);
        return message;
    }

    private IEnumerable<string> KdigArguments(params string[] arguments)
    {
        var endpoint = _server.Server.TlsEndpoints[0];
        return [$"@{endpoint.Address}", "-p", $"{endpoint.Port}", "+tls", .. arguments];
    }

    private async Task<string> KdigAsync(params string[] arguments)
    {
        var result = await Command.RunAsync("kdig", KdigArguments(arguments));
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }
}
