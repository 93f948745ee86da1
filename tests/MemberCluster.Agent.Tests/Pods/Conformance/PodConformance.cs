using System.Reflection;
using MemberCluster.Agent.Tests.Pods.Conformance.Cases;

namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>What pods must do on every runtime. All cases of a runtime share one agent and one engine, and run side by side.</summary>
public abstract class PodConformance
{
    private static readonly Type[] Groups =
    [
        typeof(ContainerCases), typeof(InitCases), typeof(RestartCases), typeof(ProbeCases), typeof(HookCases), typeof(ResourceCases), typeof(SecurityCases),
        typeof(VolumeCases), typeof(HostPathCases), typeof(PetCases),
    ];

    private protected static IReadOnlyDictionary<string, Func<PodTrial, Task>> All { get; } = Groups
        .SelectMany(group => group.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .ToDictionary(method => method.Name, method => method.CreateDelegate<Func<PodTrial, Task>>());

    public static TheoryData<string> Names => [.. All.Keys.Order(StringComparer.Ordinal)];

    private protected abstract PodBench Bench { get; }

    [Theory]
    [MemberData(nameof(Names))]
    public Task Pod(string @case) => Bench.ResultOf(@case);

    [Fact]
    public void Cases_AreAsManyAsAskedFor() => All.Count.ShouldBeGreaterThanOrEqualTo(60);
}

/// <summary>On a Docker Engine, with busybox and a kernel.</summary>
public sealed class PodConformanceOnDocker(PodConformanceOnDocker.DockerBench bench) : PodConformance, IClassFixture<PodConformanceOnDocker.DockerBench>
{
    private protected override PodBench Bench => bench.Bench;

    public sealed class DockerBench : IAsyncLifetime
    {
        internal PodBench Bench { get; private set; } = null!;

        public async Task InitializeAsync() => Bench = await PodBench.StartAsync(await PodEngines.DockerAsync(), All, atOnce: 12);

        public Task DisposeAsync() => Bench.DisposeAsync().AsTask();
    }
}

/// <summary>On the fake engine, whose containers are played by <see cref="FakeShell"/>.</summary>
public sealed class PodConformanceOnFake(PodConformanceOnFake.FakeBench bench) : PodConformance, IClassFixture<PodConformanceOnFake.FakeBench>
{
    private protected override PodBench Bench => bench.Bench;

    public sealed class FakeBench : IAsyncLifetime
    {
        internal PodBench Bench { get; private set; } = null!;

        public async Task InitializeAsync() => Bench = await PodBench.StartAsync(PodEngines.Fake(), All, atOnce: 24);

        public Task DisposeAsync() => Bench.DisposeAsync().AsTask();
    }
}
