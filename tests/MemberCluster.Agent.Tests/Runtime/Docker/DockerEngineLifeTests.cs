using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federation.TestKit.Docker;
using Federation.TestKit.Network;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>An engine that is stopped and started, over both ways to reach it. It needs an engine of its own, so it needs root.</summary>
public sealed class DockerEngineLifeTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private readonly CancellationTokenSource _deadline = new(Deadline);
    private readonly int _port = Ports.Free();
    private DockerDaemon _daemon = null!;

    public async Task InitializeAsync() => _daemon = await DockerDaemon.StartAsync(
        [$"--host=tcp://127.0.0.1:{_port}", "--tlsverify", "--tlscacert={dir}/ca.pem", "--tlscert={dir}/server-cert.pem", "--tlskey={dir}/server-key.pem"],
        WriteCertificates);

    public async Task DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _deadline.Dispose();
    }

    [Fact]
    public async Task Engine_StoppedAndStarted_IsUnavailableThenRecovers()
    {
        await using var runtime = TestDocker.Connect(_daemon.Host);
        await TestDocker.EnsureBusyboxAsync(runtime);
        var spec = new ContainerSpec { Name = "kept", Image = BusyboxImage.Reference, Entrypoint = ["/bin/sleep", "3600"], Init = true };
        var id = await runtime.Containers.CreateAsync(spec, _deadline.Token);
        await runtime.Containers.StartAsync(id, _deadline.Token);
        await using var events = await runtime.SubscribeAsync(EventFilter.All, since: null, _deadline.Token);
        var waiting = runtime.Containers.WaitAsync(id, _deadline.Token);

        await _daemon.StopEngineAsync();

        // The stream ends, after what came before; it neither throws nor hangs.
        await foreach (var _ in events.WithCancellation(_deadline.Token))
        {
        }

        // Its container ends with the engine: the answer came in time, or the connection broke.
        if (await Record.ExceptionAsync(() => waiting) is { } broken)
            broken.ShouldBeOfType<RuntimeException>().Failure.ShouldBe(RuntimeFailure.EngineUnavailable);
        await UnavailableAsync(() => runtime.PingAsync(_deadline.Token));
        await UnavailableAsync(() => runtime.Containers.ListAsync(ContainerFilter.All, _deadline.Token));
        await UnavailableAsync(() => runtime.Containers.StartAsync(id, _deadline.Token));
        await UnavailableAsync(() => runtime.SubscribeAsync(EventFilter.All, since: null, _deadline.Token));

        await _daemon.StartEngineAsync();
        await runtime.PingAsync(_deadline.Token);
        (await runtime.Containers.InspectAsync(id, _deadline.Token)).State.ShouldBe(ContainerState.Exited);
        await runtime.Containers.StartAsync(id, _deadline.Token);
        await runtime.Containers.RemoveAsync(id, force: true, _deadline.Token);
    }

    [Fact]
    public async Task Tls_RightCertificates_CarriesRequestsAndStreams()
    {
        await using var runtime = TestDocker.Connect($"tcp://127.0.0.1:{_port}", _daemon.Directory);
        await TestDocker.EnsureBusyboxAsync(runtime);
        var spec = new ContainerSpec { Name = "tls", Image = BusyboxImage.Reference, Entrypoint = ["/bin/sleep", "3600"], Init = true };
        var id = await runtime.Containers.CreateAsync(spec, _deadline.Token);
        await runtime.Containers.StartAsync(id, _deadline.Token);
        await using (var attached = await runtime.Containers.StartExecAsync(id, new ExecSpec { Command = ["cat"], AttachStdin = true }, _deadline.Token))
        {
            await attached.WriteAsync("over tls"u8.ToArray(), _deadline.Token);
            await attached.CloseInputAsync(_deadline.Token);
            var text = "";
            await foreach (var chunk in attached.ReadAsync(_deadline.Token))
                text += System.Text.Encoding.UTF8.GetString(chunk.Data.Span);
            text.ShouldBe("over tls");
        }

        await runtime.Containers.RemoveAsync(id, force: true, _deadline.Token);
    }

    [Fact]
    public async Task Tls_OtherAuthority_IsPermissionDenied()
    {
        var other = Directory.CreateTempSubdirectory("fedcert").FullName;
        try
        {
            WriteCertificates(other);
            await using var runtime = TestDocker.Connect($"tcp://127.0.0.1:{_port}", other);
            var failure = await Should.ThrowAsync<RuntimeException>(() => runtime.PingAsync(_deadline.Token));
            failure.Failure.ShouldBe(RuntimeFailure.PermissionDenied, failure.Message);
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    private static async Task UnavailableAsync(Func<Task> action)
    {
        var failure = await Should.ThrowAsync<RuntimeException>(action);
        failure.Failure.ShouldBe(RuntimeFailure.EngineUnavailable, failure.Message);
    }

    /// <summary>ca.pem, and for both sides a certificate with its key, named as Docker's tools name them.</summary>
    private static void WriteCertificates(string directory)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var authority = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        File.WriteAllText(Path.Combine(directory, "ca.pem"), authority.ExportCertificatePem());
        Issue("server-cert.pem", "server-key.pem", "1.3.6.1.5.5.7.3.1", serial: 1);
        Issue("cert.pem", "key.pem", "1.3.6.1.5.5.7.3.2", serial: 2);

        void Issue(string certificate, string keyFile, string usage, byte serial)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var leaf = new CertificateRequest($"CN={certificate}", key, HashAlgorithmName.SHA256);
            leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            leaf.CertificateExtensions.Add(names.Build());
            using var issued = leaf.Create(authority, now.AddHours(-1), now.AddMinutes(50), [serial]);
            File.WriteAllText(Path.Combine(directory, certificate), issued.ExportCertificatePem());
            File.WriteAllText(Path.Combine(directory, keyFile), key.ExportPkcs8PrivateKeyPem());
        }
    }
}
