using Federation.TestKit.Docker;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>Connections to engines, and the image tests run.</summary>
internal static class TestDocker
{
    public static async Task<IContainerRuntime> ConnectAsync() => Connect((await DockerEngine.SharedAsync()).Host);

    public static IContainerRuntime Connect(string host, string? certificates = null) =>
        new DockerRuntime(new DockerOptions { Endpoint = DockerEndpoint.Parse(host, certificates) }, TimeProvider.System);

    public static async Task EnsureBusyboxAsync(IContainerRuntime runtime)
    {
        if (await runtime.Images.FindAsync(BusyboxImage.Reference, CancellationToken.None) is null)
            await runtime.Images.ImportAsync(await BusyboxImage.CreateTarAsync(), new ImageImport(BusyboxImage.Reference, ["CMD [\"/bin/sh\"]"]), CancellationToken.None);
    }
}
