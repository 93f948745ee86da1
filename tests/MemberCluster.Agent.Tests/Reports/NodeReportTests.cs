using Federation.Api.Meta;
using Federation.Api.Nodes;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Reports;

public sealed class NodeReportTests : IAsyncDisposable
{
    private readonly AgentFixture _agent = new();

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

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
