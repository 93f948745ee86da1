using Federation.TestKit.Docker;
using MemberCluster.Agent.Tests.Pods.Conformance;
using MemberCluster.Agent.Tests.Runtime.Docker;

namespace MemberCluster.Agent.Tests.Images;

/// <summary>Two regions, each with an agent and an engine of its own. The first one's engine asks <see cref="Mirror"/> for what is on Docker's registry.</summary>
public sealed class RegistryLab : IAsyncLifetime
{
    private DockerDaemon? _engine;

    internal PodBench East { get; private set; } = null!;

    internal PodBench West { get; private set; } = null!;

    /// <summary>What the second region's engine, which others use as well, is rid of at the end.</summary>
    public ICollection<string> Pulled { get; } = [];

    public TestRegistry Mirror { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mirror = await TestRegistry.StartAsync();
        _engine = await DockerDaemon.StartAsync([$"--registry-mirror=http://{Mirror.Host}"]);
        East = await PodBench.StartAsync(TestDocker.Connect(_engine.Host), new Dictionary<string, Func<PodTrial, Task>>(), atOnce: 1);
        West = await PodBench.StartAsync(await TestDocker.ConnectAsync(), new Dictionary<string, Func<PodTrial, Task>>(), atOnce: 1);
    }

    public async Task DisposeAsync()
    {
        if (East is not null)
            await East.DisposeAsync();
        if (West is not null)
            await West.DisposeAsync();
        if (_engine is not null)
            await _engine.DisposeAsync();
        await using var west = await TestDocker.ConnectAsync();
        foreach (var image in Pulled)
            await west.Images.RemoveAsync(image, force: true, CancellationToken.None);
        await Mirror.DisposeAsync();
    }
}
