using Federation.TestKit.Docker;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Runtime.Docker;

namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>The engines that pods are tried on.</summary>
internal static class PodEngines
{
    public static async Task<IContainerRuntime> DockerAsync()
    {
        var runtime = await TestDocker.ConnectAsync();
        await TestDocker.EnsureBusyboxAsync(runtime);
        return runtime;
    }

    public static IContainerRuntime Fake()
    {
        var files = Directory.CreateTempSubdirectory("fake-engine").FullName;
        var engine = new FakeEngine(TimeProvider.System, new FakeEngineOptions { Name = "conformance", AddressOctet = 101, VolumesRoot = Path.Combine(files, "volumes") });
        engine.AddImage(BusyboxImage.Reference);
        engine.ProgramFor = (spec, _) => FakeShell.ProgramOf(spec, files, engine);
        return engine.Connect();
    }
}
