using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Nodes;

namespace Federation.Domain.Tests.Scheduling.Nodes;

public sealed class NodeSnapshotTests
{
    private static readonly Node Machine = new()
    {
        Metadata = new ObjectMeta { Name = "us.one", Labels = new Dictionary<string, string> { ["disk"] = "hdd", [NodeLabels.Zone] = "z1" } },
        Spec = new NodeSpec { Taints = [new Taint { Key = "gpu", Value = "old" }, new Taint { Key = "spot" }] },
        Status = new NodeStatus
        {
            Allocatable = new Dictionary<string, Quantity> { ["cpu"] = Quantity.FromValue(4), ["memory"] = Quantity.Parse("8Gi") },
            NodeInfo = new NodeSystemInfo { Architecture = "arm64" },
        },
    };

    [Fact]
    public void From_Wishes_OverruleLabelsAddTaintsAndCloseWhatIsDrained()
    {
        var settings = new NodeSettings { Name = "one", Drain = true, Labels = new Dictionary<string, string> { ["disk"] = "ssd" }, Taints = [new Taint { Key = "gpu", Value = "new" }] };

        var node = NodeSnapshot.From(Machine, settings, new ResourceAmounts(1_000, 0, 3), notReadySince: null);

        node.Labels["disk"].ShouldBe("ssd");
        node.Labels[NodeLabels.Architecture].ShouldBe("arm64", "a machine that does not say so is found by its architecture all the same");
        node.Taints.Select(taint => $"{taint.Key}={taint.Value}").ShouldBe(["spot=", "gpu=new"]);
        (node.Drain, node.Unschedulable, node.IsReady, node.Region).ShouldBe((true, true, true, "z1"));
        node.Free.ShouldBe(new ResourceAmounts(3_000, 8L << 30, ResourceAmounts.Unlimited));
    }

    [Fact]
    public void Find_ByEitherName_IsTheMachinesOwnEntry()
    {
        NodeSettings[] settings = [new() { Name = "one" }, new() { Name = "us.one" }];
        NodeWishes.Find(settings, "us", "us.one").ShouldBeSameAs(settings[0]);
        NodeWishes.Find(settings, "us", "one").ShouldBeSameAs(settings[0]);
        NodeWishes.Find(settings, "us", "us.us.one").ShouldBeSameAs(settings[1]);
        NodeWishes.Find(settings, "us", "us.two").ShouldBeNull();
    }

    [Fact]
    public void Ledger_ChangesOfWorks_AreSummedUpByNode()
    {
        var ledger = new NodeLedger();
        var template = NodeFleet.Replicas(1).Template;
        NodeShare[] shares = [new() { Node = "a", Replicas = 2 }, new() { Node = "b", Replicas = 1 }];
        ledger.Set("w1", template, shares).ShouldBeFalse();
        ledger.Set("w2", template, [shares[0]]).ShouldBeFalse();
        ledger.Taken("a").ShouldBe(new ResourceAmounts(400, 0, 4));
        ledger.TakenByOthers("w1", "a").ShouldBe(new ResourceAmounts(200, 0, 2));
        ledger.TakenByOthers("w1", "b").ShouldBe(new ResourceAmounts(0, 0, 0));

        ledger.Set("w1", template, [shares[1] with { Replicas = 0, Phase = NodeSharePhase.Away }], _ => 3).ShouldBeTrue("it takes nothing of a any more");
        ledger.Taken("a").ShouldBe(new ResourceAmounts(200, 0, 2));
        ledger.Taken("b").ShouldBe(new ResourceAmounts(300, 0, 3), "what a node still runs takes its room");
        ledger.Set("w1", template, []).ShouldBeTrue();
        ledger.Taken("b").Pods.ShouldBe(0);
    }
}
