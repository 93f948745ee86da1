using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Nodes;

namespace Federation.Domain.Tests.Scheduling.Nodes.Snapshots;

public sealed class SnapshotPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);
    private static readonly NodeSnapshot Plain = new() { Name = "a", Region = "", Free = new ResourceAmounts(1_000, 1 << 30, 10) };
    private static readonly NodeSnapshot One = Plain with { Name = "b", HasSnapshotDirectory = true };
    private static readonly NodeSnapshot Two = Plain with { Name = "c", HasSnapshotDirectory = true };

    [Fact]
    public void Plan_ItemsWithoutANode_AreSpreadOverNodesWithADirectoryAndStayThere()
    {
        var first = Plan(new WorkSnapshots { Hold = [Hold("1"), Hold("2"), Hold("3")] });
        Places(first).ShouldBe(["1 b", "2 c", "3 b"]);
        first.Shares.Select(share => share.Node).ShouldBe(["b", "c"], "nobody else has anything to do");

        var later = Plan(new WorkSnapshots { Hold = [Hold("0"), Hold("2"), Hold("3")] }, first.Shares);
        Places(later).ShouldBe(["0 c", "2 c", "3 b"]);
    }

    [Fact]
    public void Plan_SomebodyKnowsWhereItIs_ThatCounts()
    {
        var said = new WorkStatus { Snapshots = [new WorkSnapshotStatus { Id = "1", Part = WorkSnapshotPart.Stored, Phase = WorkSnapshotPhase.Done }] };
        Places(Plan(new WorkSnapshots { Hold = [Hold("1"), Hold("2") with { Node = "c" }] }, reports: new() { ["c"] = said })).ShouldBe(["1 c", "2 c"]);
    }

    [Fact]
    public void Plan_TakenOnANodeWithADirectory_IsStoredThere() =>
        Places(Plan(new WorkSnapshots { Hold = [Hold("1") with { FromNode = "c" }, Hold("2") with { FromNode = "a" }] })).ShouldBe(["1 c", "2 b"]);

    [Fact]
    public void Plan_NodeIsAway_KeepsWhatItWasGiven()
    {
        var first = Plan(new WorkSnapshots { Hold = [Hold("1")] });
        var away = Plan(new WorkSnapshots { Hold = [Hold("1")] }, first.Shares, nodes: [Plain, One with { NotReadySince = Now }, Two]);
        away.Items.ShouldHaveSingleItem().Reason.ShouldBe(WorkSnapshotReasons.NodeAway);
        away.Items[0].Node.ShouldBe("b");
    }

    [Fact]
    public void Plan_NoDirectoryAnywhere_SaysSo()
    {
        var plan = Plan(new WorkSnapshots { Hold = [Hold("1")] }, nodes: [Plain]);
        (plan.Reason, plan.Items[0].Reason, plan.Items[0].Node).ShouldBe((WorkSnapshotReasons.NoDirectory, WorkSnapshotReasons.NoDirectory, ""));
        plan.IsConverged.ShouldBeFalse();
    }

    [Fact]
    public void Plan_WasStoredOnANodeThatIsNotThere_IsNotPutElsewhere() =>
        Plan(new WorkSnapshots { Hold = [Hold("1") with { FromCluster = "", Node = "gone" }] }).Items.ShouldHaveSingleItem().Reason.ShouldBe(WorkSnapshotReasons.NodeAway);

    [Fact]
    public void WorkOf_Node_IsToldOnlyWhatIsItsOwn()
    {
        var snapshots = new WorkSnapshots
        {
            Take = [new WorkSnapshotTake { Id = "t", Node = "a" }],
            Hold = [Hold("1"), Hold("2")],
            Discard = [new WorkSnapshotDiscard { Id = "x", Node = "a" }, new WorkSnapshotDiscard { Id = "y" }],
        };
        var plan = Plan(snapshots);
        var told = plan.Shares.ToDictionary(share => share.Node, share => NodePlanner.WorkOf(Work(snapshots), share).Snapshots!);

        told["a"].Take.ShouldHaveSingleItem().Id.ShouldBe("t");
        told["a"].Hold.ShouldBeEmpty();
        told["a"].Discard.Select(one => $"{one.Id} {one.Node}").ShouldBe(["x a", "y a"]);
        told["b"].Hold.ShouldHaveSingleItem().ShouldSatisfyAllConditions(hold => hold.Id.ShouldBe("1"), hold => hold.Node.ShouldBe("b"));
        told["b"].Take.ShouldBeEmpty();
        told["c"].Discard.ShouldHaveSingleItem().Id.ShouldBe("y");
    }

    [Fact]
    public void Plan_NothingLeftToDo_NodesAreStillTold()
    {
        var first = Plan(new WorkSnapshots { Hold = [Hold("1")] });
        Plan(new WorkSnapshots(), first.Shares).Shares.ShouldHaveSingleItem().ShouldBe(first.Shares[0] with { Items = [] });
    }

    private static WorkSnapshotHold Hold(string id) => new() { Id = id, FromCluster = "eu-west-1" };

    private static Work Work(WorkSnapshots snapshots) => new() { Uid = "s", Mode = WorkMode.Snapshots, Snapshots = snapshots };

    private static NodePlan Plan(WorkSnapshots snapshots, ImmutableArray<NodeShare> shares = default, Dictionary<string, WorkStatus>? reports = null, ImmutableArray<NodeSnapshot> nodes = default) => NodePlanner.Plan(new NodePlanInput
    {
        Work = Work(snapshots),
        Nodes = nodes.IsDefault ? [Plain, One, Two] : nodes,
        Shares = shares.IsDefault ? [] : shares,
        Reports = reports ?? [],
        Now = Now,
    });

    private static IEnumerable<string> Places(NodePlan plan) => plan.Items.Select(item => $"{item.Id} {item.Node}");
}
