using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes;

namespace Federation.Domain.Tests.Scheduling.Nodes.Pets;

public sealed class PetPlannerTests
{
    [Fact]
    public void Plan_NewSet_IsSpreadOverNodesAndZones()
    {
        var fleet = new PetFleet(PetFleet.Set(4), NodeFleet.Node("a", zone: "z1"), NodeFleet.Node("b", zone: "z1"), NodeFleet.Node("c", zone: "z2"));
        fleet.Settle().IsConverged.ShouldBeTrue();
        fleet.Machines.Select(machine => machine.Running.Count).ShouldBe([1, 1, 2]);
        fleet["c"].Running.Keys.ToList().ShouldBe([1, 3], "the second goes to another zone");
    }

    [Fact]
    public void Plan_VolumeWasSeenOnANode_ThePetGoesThereOrWaits()
    {
        var fleet = new PetFleet(PetFleet.Set(1, volumes: true), NodeFleet.Node("a"), NodeFleet.Node("b"));
        fleet.Want(pets => pets with { Run = [pets.Run[0] with { Node = "b" }] });
        fleet.Cut("b");
        var plan = fleet.Plan();
        (plan.Unplaced, plan.Reason).ShouldBe((1, NodeReasons.Unschedulable));
        plan.Pets.Single().Reason.ShouldBe(WorkPetReasons.NodeAway);
        plan.Message!.ShouldContain("its volume is on b");
        fleet.Heal("b");
        fleet.Settle().IsConverged.ShouldBeTrue();
        fleet["b"].Running.Keys.ToList().ShouldBe([0]);
    }

    [Fact]
    public void Plan_NodeWithVolumesHasNoPetLeft_KeepsAnEmptyShareSoThatItLearnsWhatBecomesOfThem()
    {
        var fleet = new PetFleet(PetFleet.Set(1, volumes: true), NodeFleet.Node("a"));
        fleet.Settle();
        fleet.Want(pets => pets with { Run = [] });
        fleet.Settle().IsConverged.ShouldBeTrue();
        fleet.Shares.Single().ShouldBe(fleet.Shares.Single() with { Phase = NodeSharePhase.Active, Replicas = 0, Pets = [] });
    }

    [Fact]
    public void Plan_NodeIsGivenUp_ThePetIsTakenOverOnceItIsFenced()
    {
        var fleet = new PetFleet(PetFleet.Set(1), NodeFleet.Node("a"), NodeFleet.Node("b"));
        fleet.Settle();
        var gone = fleet.Machines.Single(machine => machine.Running.Count > 0);
        fleet.Forget(gone.Node.Name);
        fleet.Plan().Pets.Single().ShouldSatisfyAllConditions(place => place.MayRun.ShouldBeTrue(), place => place.Reason.ShouldBe(WorkPetReasons.NodeAway));
        gone.Running.Count.ShouldBe(1);

        fleet.Settle().IsConverged.ShouldBeTrue();
        gone.Running.ShouldBeEmpty();
        fleet.Machines.Single().Running.ToList().ShouldBe([new(0, 2)]);
        fleet.Shares.Select(share => share.Node).ShouldBe([fleet.Machines.Single().Node.Name], "nothing is left of the one that was given up");
    }

    [Fact]
    public void Plan_PetRunsWithoutPermissionOnANodeThatIsLost_StaysThere()
    {
        var fleet = new PetFleet(PetFleet.Set(1, kept: true), NodeFleet.Node("a"), NodeFleet.Node("b"));
        fleet.Settle();
        var there = fleet.Machines.Single(machine => machine.Running.Count > 0);
        fleet.Cut(there.Node.Name);
        fleet.Settle(rounds: 60).IsConverged.ShouldBeFalse();
        there.Running.Keys.ToList().ShouldBe([0]);
        fleet.Last!.Pets.Single().ShouldSatisfyAllConditions(place => place.Reason.ShouldBe(WorkPetReasons.NodeAway), place => place.MayRun.ShouldBeTrue());
    }

    [Fact]
    public void Plan_DrainedWhileAnotherPetIsNotReady_MovesNothingThatServes()
    {
        var fleet = new PetFleet(PetFleet.Set(3), NodeFleet.Node("a"), NodeFleet.Node("b"), NodeFleet.Node("c"));
        fleet.Settle();
        fleet["b"].IsBroken = true;
        fleet.Report(fleet["b"]);
        fleet.Change("a", node => node with { Drain = true });
        var plan = fleet.Plan();
        plan.Reason.ShouldBe(NodeReasons.Moving);
        plan.Message!.ShouldContain("until db-");
        fleet.Shares.Single(share => share.Node == "a").Pets.ShouldAllBe(pet => !pet.IsReleased);
    }

    [Fact]
    public void Plan_PetWithAVolumeIsEvictedFromACordonedNode_StaysAndIsNotStopped()
    {
        var fleet = new PetFleet(PetFleet.Set(1, volumes: true), NodeFleet.Node("a"), NodeFleet.Node("b"));
        fleet.Settle();
        var there = fleet.Machines.Single(machine => machine.Running.Count > 0).Node.Name;
        fleet.Evictions.Add(new PendingEviction(new PodEviction { Namespace = "shop", Name = "db-0", Uid = "p", GracePeriodSeconds = 30 }, there, IsReady: true, Index: 0));
        fleet.Plan().Forward.Length.ShouldBe(1, "it restarts in place");
        fleet.Change(there, node => node with { Unschedulable = true });
        var plan = fleet.Plan();
        plan.Forward.ShouldBeEmpty();
        plan.Reason.ShouldBe(NodeReasons.CannotMove);
    }
}
