using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

public sealed class DockerEndpointTests
{
    [Theory]
    [InlineData(null, "unix:///var/run/docker.sock", true)]
    [InlineData("", "unix:///var/run/docker.sock", true)]
    [InlineData("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock", true)]
    [InlineData("tcp://10.1.2.3:2375", "tcp://10.1.2.3:2375", false)]
    [InlineData("tcp://engine.example", "tcp://engine.example:2375", false)]
    [InlineData("tcp://127.0.0.1:99", "tcp://127.0.0.1:99", true)]
    public void FromEnvironment_Host_IsFollowed(string? host, string expected, bool isLocal)
    {
        var endpoint = DockerEndpoint.FromEnvironment(name => name == "DOCKER_HOST" ? host : null);
        endpoint.ToString().ShouldBe(expected);
        endpoint.IsLocal.ShouldBe(isLocal);
    }

    [Theory]
    [InlineData("1", null, "/home/me/.docker")]
    [InlineData("1", "/certs", "/certs")]
    [InlineData(null, "/certs", "/certs")]
    public void FromEnvironment_TlsAsked_UsesTheCertificates(string? verify, string? path, string expected)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["DOCKER_HOST"] = "tcp://engine.example",
            ["DOCKER_TLS_VERIFY"] = verify,
            ["DOCKER_CERT_PATH"] = path,
            ["HOME"] = "/home/me",
        };
        DockerEndpoint.FromEnvironment(variables.GetValueOrDefault).ShouldBe(new DockerEndpoint.Tls("engine.example", 2376, expected));
    }

    [Theory]
    [InlineData("ssh://me@host")]
    [InlineData("unix://")]
    [InlineData("nonsense")]
    [InlineData("tcp://")]
    public void Parse_Unsupported_SaysWhatIsExpected(string host)
    {
        var failure = Should.Throw<RuntimeException>(() => DockerEndpoint.Parse(host));
        failure.Failure.ShouldBe(RuntimeFailure.InvalidRequest);
        failure.Message.ShouldContain(host);
        failure.Message.ShouldContain("unix://path or tcp://host:port");
    }

    [Fact]
    public async Task Connect_NoSocket_IsUnavailable()
    {
        await using var runtime = TestDocker.Connect("unix:///no/such/docker.sock");
        var failure = await Should.ThrowAsync<RuntimeException>(() => runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None));
        failure.Failure.ShouldBe(RuntimeFailure.EngineUnavailable);
        failure.Message.ShouldContain("unix:///no/such/docker.sock: there is no such socket");
        failure.IsTransient.ShouldBeTrue();
    }
}
