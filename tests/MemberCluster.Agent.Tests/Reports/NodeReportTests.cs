using Federation.Api.Meta;
using Federation.Api.Nodes;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Reports;

public sealed class NodeReportTests : IAsyncLifetime
{
    private readonly AgentFixture _agent = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _agent.DisposeAsync();

    [Fact]
    public async Task Report_Machine_IsDescribedAndNamedAfterItsCluster()
    {
        _agent.ControlPlane.Apply(TestWorks.Web(1));
        _agent.Options = _agent.Options with { Zone = "a" };
        _agent.Start();
        await _agent.UntilReadyAsync(1);

        var node = _agent.ControlPlane.Nodes.ShouldHaveSingleItem();

        node.Metadata.Name.ShouldBe("us-east-1.fake");
        _agent.ControlPlane.Pods.ShouldHaveSingleItem().Spec.NodeName.ShouldBe(node.Metadata.Name);
        (node.Metadata.Labels[NodeLabels.Region], node.Metadata.Labels[NodeLabels.Zone], node.Metadata.Labels[NodeLabels.Hostname]).ShouldBe(("us-east", "a", "fake"));
        node.Status.Conditions.IsTrue(NodeConditions.Ready).ShouldBeTrue();
        node.Status.Allocatable.Keys.Order().ShouldBe(["cpu", "memory", "pods"]);
        node.Status.Addresses.Select(address => $"{address.Type} {address.Address}").ShouldBe(["InternalIP 127.0.0.1", "Hostname fake"]);
        (node.Status.NodeInfo.KernelVersion, node.Status.NodeInfo.Architecture).ShouldBe(("0.0.0-fake", "amd64"));
    }

    [Fact]
    public async Task Report_DiskFull_IsAConditionAndTheMachineStaysReady()
    {
        _agent.Start();
        await _agent.UntilAsync(() => _agent.ControlPlane.Nodes.Count == 1, "the machine is reported");
        _agent.Engine.Faults.DiskFull = true;

        _agent.ControlPlane.Apply(TestWorks.Web(1));

        await _agent.UntilAsync(() => Conditions.IsTrue(NodeConditions.DiskPressure), "the disk is full");
        (Conditions.IsTrue(NodeConditions.Ready), Conditions.IsTrue(NodeConditions.EngineDown)).ShouldBe((true, false));
        _agent.Engine.Faults.DiskFull = false;
        await _agent.UntilReadyAsync(1);
        await _agent.UntilAsync(() => !Conditions.IsTrue(NodeConditions.DiskPressure), "there is room again");
    }

    [Fact]
    public async Task Report_Images_AreNamed()
    {
        _agent.Start();

        await _agent.UntilAsync(() => _agent.ControlPlane.Nodes.SingleOrDefault()?.Status.Images.Any(image => image.Names.Contains("web:2")) == true, "its images are reported");
    }

    [Fact]
    public void Sample_LittleIsLeft_IsTrouble()
    {
        var info = new EngineInfo { Id = "e", Version = "1", ApiVersion = "1", Name = "n", Architecture = "amd64", OperatingSystem = "o", Cpus = 1, MemoryBytes = 1, DataRoot = "/data", DiskTotalBytes = 1000, DiskFreeBytes = 50 };
        MachineSampler.DiskOf(info).ShouldBeNull();
        MachineSampler.DiskOf(info with { DiskFreeBytes = 49 })!.Reason.ShouldBe("DiskNearlyFull");
        MachineSampler.DiskOf(info with { DiskTotalBytes = null, DiskFreeBytes = null }).ShouldBeNull();
        MachineSampler.MemoryOf(["MemTotal:  1000 kB", "MemFree: 1 kB", "MemAvailable:   50 kB"]).ShouldBeNull();
        MachineSampler.MemoryOf(["MemTotal:  1000 kB", "MemFree: 1 kB", "MemAvailable:   49 kB"])!.Reason.ShouldBe("MemoryNearlyUsedUp");
        MachineSampler.MemoryOf([]).ShouldBeNull();
        MachineSampler.ImagesOf([.. Enumerable.Range(0, 60).Select(i => new Image { Id = $"{i}", Tags = [$"image:{i}"], RepoDigests = [], SizeBytes = 1 })]).Length.ShouldBe(MachineSampler.MostImages);
    }

    private IReadOnlyList<Condition> Conditions => _agent.ControlPlane.Nodes.SingleOrDefault()?.Status.Conditions ?? [];

    [Fact]
    public async Task Report_EngineStops_TheMachineIsNotReadyAndKeepsItsIdentity()
    {
        _agent.Start();
        await _agent.UntilAsync(() => _agent.ControlPlane.Nodes.Count == 1, "the machine is reported");
        var uid = _agent.ControlPlane.Nodes[0].Metadata.Uid;

        _agent.Engine.IsDown = true;

        await _agent.UntilAsync(() => _agent.ControlPlane.Nodes.Single().Status.Conditions.Find(NodeConditions.Ready)?.Reason == "EngineUnavailable", "the machine is not ready");
        _agent.ControlPlane.Nodes.Single().Metadata.Uid.ShouldBe(uid);
        _agent.Engine.IsDown = false;
        await _agent.UntilAsync(() => _agent.ControlPlane.Nodes.Single().Status.Conditions.IsTrue(NodeConditions.Ready), "the machine is ready again");
    }
}
