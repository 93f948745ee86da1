using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Snapshots;

namespace Federation.Domain.Tests.Snapshots;

public sealed class SnapshotPlannerTests
{
    [Fact]
    public void Pause_TwoPets_HoldStillOneAfterTheOther()
    {
        var world = new SnapshotWorld(spec => spec with { To = "eu" });

        world.Plan();
        world.Phases.ShouldBe("Waiting Waiting");
        world.Items.Select(item => item.Id).ShouldBe(["20300101T120000Z-0", "20300101T120000Z-1"]);
        world.Turn();
        world.Plan();
        world.Phases.ShouldBe("Taking Waiting");
        world.Turn();
        world.Plan();
        world.Phases.ShouldBe("Taking Waiting", "the first one still holds still");

        world.Report("us", SnapshotWorld.Taken(world.Items[0]));
        world.Turn();
        world.Plan();
        world.Phases.ShouldBe("Storing Taking");
        world.Set!.Status.Pets.Select(pet => pet.Hold?.Id).ShouldBe([null, world.Items[1].Id]);
    }

    [Fact]
    public void Pause_AnotherPetIsNotAvailable_NobodyHoldsStill()
    {
        var world = new SnapshotWorld(spec => spec with { Ordinals = [0] });
        world.Set = WithPet(world.Set!, 1, pet => pet with { Phase = PetPhase.Running });

        world.Plan();
        world.Turn();
        world.Plan();

        world.Items.ShouldHaveSingleItem().ShouldSatisfyAllConditions(item => item.Phase.ShouldBe(PetSnapshotPhase.Waiting), item => item.Reason.ShouldBe("WaitsForTurn"));
        world.Set!.Status.Pets.ShouldAllBe(pet => pet.Hold == null);
    }

    [Fact]
    public void Live_NeedsNoTurn()
    {
        var world = new SnapshotWorld(spec => spec with { Consistency = PetSnapshotConsistency.Live });

        world.Plan();

        world.Phases.ShouldBe("Taking Taking");
        world.Items.ShouldAllBe(item => item.Epoch == 4 && item.TakenIn == "us" && item.TakenOn == "us-1" && item.Cluster == "us");
    }

    [Fact]
    public void Storing_ElsewhereIsWhatWasTaken_TakenGoesOnceItIsStored()
    {
        var world = Begun(spec => spec with { To = "eu", Ordinals = [0], Claims = ["log"] });
        var item = world.Items.Single();
        item.Claims.Select(claim => claim.Name).ShouldBe(["log"]);
        world.WorkOf("us")!.Take.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            take => (take.Id, take.SetUid, take.Set, take.Ordinal, take.Epoch, take.Node).ShouldBe((item.Id, "uid-1", "db", 0, 4, "us-1")), take => take.Claims.ShouldBe(["log"]));
        world.WorkOf("eu").ShouldBeNull("it has nothing to do yet");

        world.Report("us", SnapshotWorld.Taken(item));
        world.Plan();
        world.WorkOf("us")!.Take.Count.ShouldBe(1, "it is needed until it is stored");
        world.WorkOf("eu")!.Hold.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            hold => (hold.FromCluster, hold.FromNode, hold.TakenAt).ShouldBe(("us", "us-1", SnapshotWorld.Start)), hold => hold.Claims.ShouldHaveSingleItem().Digest.ShouldBe($"{item.Id}/log"));

        world.Report("eu", SnapshotWorld.Stored(world.Items.Single()));
        world.Plan();
        world.Phases.ShouldBe("Complete");
        world.Snapshot.Status.Conditions.IsTrue(PetSnapshotConditions.Complete).ShouldBeTrue();
        world.WorkOf("us").ShouldNotBeNull().ShouldSatisfyAllConditions(
            work => work.Take.ShouldBeEmpty(), work => work.Discard.ShouldBe([new WorkSnapshotDiscard { Id = item.Id, Part = WorkSnapshotPart.Taken, Node = "us-1" }]));
        world.WorkOf("eu")!.Hold.ShouldHaveSingleItem().FromCluster.ShouldBe("");

        world.Report("us");
        world.Plan();
        world.Snapshot.Status.Discards.ShouldBeEmpty();
        world.WorkOf("us").ShouldBeNull("it is told that nothing is left");
    }

    [Fact]
    public void Discards_AreGoneOnlyByALaterWordThatDoesNotNameThem()
    {
        var world = Begun(spec => spec with { To = "eu", Ordinals = [0] });
        world.Report("us", SnapshotWorld.Taken(world.Items.Single()));
        var before = world.Snapshot.Revision();
        world.Report("eu", SnapshotWorld.Stored(world.Items.Single()));
        var discard = world.Snapshot.Status.Discards.ShouldHaveSingleItem();

        discard.After.ShouldBe(before!.Value);
        Domain.Snapshots.SnapshotReports.Fold(world.Snapshot, "us", new WorkStatus { Revision = discard.After }, world.Now).Status.Discards.Count.ShouldBe(1, "it was not asked yet");
        world.Report("us", SnapshotWorld.Taken(world.Items.Single(), WorkSnapshotPhase.Discarding));
        world.Snapshot.Status.Discards.Count.ShouldBe(1, "it is still there");
        world.Report("eu", SnapshotWorld.Stored(world.Items.Single()));
        world.Snapshot.Status.Discards.Count.ShouldBe(1, "it is not eu's to say");
        world.Report("us");
        world.Snapshot.Status.Discards.ShouldBeEmpty();
    }

    [Fact]
    public void Stored_IsNotWhatWasTaken_IsNotComplete()
    {
        var world = Begun(spec => spec with { To = "eu", Ordinals = [0] });
        world.Report("us", SnapshotWorld.Taken(world.Items.Single()));

        var other = SnapshotWorld.Stored(world.Items.Single());
        world.Report("eu", other with { Claims = [other.Claims[0], other.Claims[1] with { Digest = "else" }] });

        world.Items.Single().ShouldSatisfyAllConditions(item => item.Phase.ShouldBe(PetSnapshotPhase.Storing), item => item.Reason.ShouldBe(WorkSnapshotReasons.ChecksumDiffers));
        world.WorkOf("us")!.Discard.ShouldBeEmpty();
    }

    [Fact]
    public void Reports_OfWhoWasNotAsked_ChangeNothing()
    {
        var world = Begun(spec => spec with { To = "eu", Ordinals = [0] });
        var item = world.Items.Single();

        world.Report("eu", SnapshotWorld.Taken(item), SnapshotWorld.Stored(item));
        world.Report("us", SnapshotWorld.Stored(item));

        world.Phases.ShouldBe("Taking");
    }

    [Theory]
    [InlineData("epoch")]
    [InlineData("released")]
    [InlineData("other set")]
    [InlineData("no set")]
    public void Taking_ThePetLeaves_FailsAndWhatIsThereGoes(string how)
    {
        var world = Begun(spec => spec with { Ordinals = [0] });
        world.Set = how switch
        {
            "epoch" => WithPet(world.Set!, 0, pet => pet with { Epoch = 5 }),
            "released" => WithPet(world.Set!, 0, pet => pet with { Release = new PetRelease() }),
            "other set" => world.Set! with { Metadata = world.Set.Metadata with { Uid = "uid-2" } },
            _ => null,
        };

        world.Plan();

        world.Items.Single().ShouldSatisfyAllConditions(item => item.Phase.ShouldBe(PetSnapshotPhase.Failed), item => item.Reason.ShouldBe(WorkSnapshotReasons.PetLeft));
        world.Snapshot.Status.Conditions.IsTrue(PetSnapshotConditions.Failed).ShouldBeTrue();
        world.WorkOf("us")!.Discard.ShouldHaveSingleItem().Part.ShouldBe(WorkSnapshotPart.Taken);
    }

    [Fact]
    public void Storing_ThePetOrItsSetLeaves_GoesOn()
    {
        var world = Begun(spec => spec with { To = "eu", Ordinals = [0] });
        world.Report("us", SnapshotWorld.Taken(world.Items.Single()));
        world.Set = null;

        world.Plan();
        world.Report("eu", SnapshotWorld.Stored(world.Items.Single()));

        world.Phases.ShouldBe("Complete");
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("away")]
    [InlineData("no directory")]
    [InlineData("pet's cluster away")]
    [InlineData("pet has not started")]
    public void Waiting_SomethingIsMissing_SaysWhatAndLooksAgain(string what)
    {
        var world = new SnapshotWorld(spec => spec with { To = "eu", Ordinals = [0] });
        var reason = "";
        switch (what)
        {
            case "gone":
                world.Clusters.RemoveAt(0);
                reason = "NoSuchCluster";
                break;
            case "away":
                world.Clusters[0] = world.Clusters[0] with { Ready = ConditionStatus.Unknown };
                reason = "TargetAway";
                break;
            case "no directory":
                world.Clusters[0] = world.Clusters[0] with { SnapshotNodes = 0 };
                reason = WorkSnapshotReasons.NoDirectory;
                break;
            case "pet's cluster away":
                world.Clusters[1] = world.Clusters[1] with { Ready = ConditionStatus.Unknown };
                reason = "SourceAway";
                break;
            default:
                world.Set = WithPet(world.Set!, 0, pet => pet with { Node = null });
                reason = "PetAway";
                break;
        }

        var due = world.Plan();

        world.Items.Single().ShouldSatisfyAllConditions(item => item.Phase.ShouldBe(PetSnapshotPhase.Waiting), item => item.Reason.ShouldBe(reason), item => item.Message.ShouldNotBeNull());
        due.ShouldBe(world.Now + TimeSpan.FromSeconds(10));
        world.Turn();
        world.Set!.Status.Pets.ShouldAllBe(pet => pet.Hold == null, "nobody holds still for what cannot be taken");
    }

    [Fact]
    public void Waiting_NoSuchPetOrClaim_Fails()
    {
        var world = new SnapshotWorld(spec => spec with { Ordinals = [0, 7], Claims = ["nothing"] });

        world.Plan();

        world.Items.Select(item => item.Reason).ShouldBe(["NoSuchClaim", "NoSuchPet"]);
        world.Snapshot.Status.Discards.ShouldBeEmpty();
    }

    [Fact]
    public void Once_NoSetYet_WaitsForIt_AndIsNeverTakenAgain()
    {
        var world = new SnapshotWorld(spec => spec with { Consistency = PetSnapshotConsistency.Live });
        var set = world.Set;
        world.Set = null;
        world.Plan();
        world.Items.ShouldBeEmpty();
        world.Snapshot.Status.Conditions.Find(PetSnapshotConditions.Complete)!.Reason.ShouldBe("NoPetSet");

        world.Set = set;
        world.Plan();
        world.Items.Count.ShouldBe(2);
        world.Finish();
        world.Now += TimeSpan.FromDays(1);
        world.Plan();
        world.Items.Count.ShouldBe(2);
    }

    [Fact]
    public void Complete_ItsClusterSaysItIsMissing_HasFailed()
    {
        var world = new SnapshotWorld(spec => spec with { To = "eu", Ordinals = [0], Consistency = PetSnapshotConsistency.Live });
        world.Plan();
        world.Finish();
        world.Phases.ShouldBe("Complete");

        world.Report("eu", SnapshotWorld.Stored(world.Items.Single(), WorkSnapshotPhase.Failed) with { Reason = WorkSnapshotReasons.Missing });
        world.Plan();

        world.Items.Single().ShouldSatisfyAllConditions(item => item.Phase.ShouldBe(PetSnapshotPhase.Failed), item => item.Reason.ShouldBe(WorkSnapshotReasons.Missing));
        world.Snapshot.Status.Conditions.IsTrue(PetSnapshotConditions.Complete).ShouldBeFalse();
    }

    private static SnapshotWorld Begun(Func<PetSnapshotSpec, PetSnapshotSpec> change)
    {
        var world = new SnapshotWorld(change);
        world.Plan();
        world.Turn();
        world.Plan();
        world.Phases.ShouldBe("Taking");
        return world;
    }

    internal static PetSet WithPet(PetSet set, int ordinal, Func<PetStatus, PetStatus> change) =>
        set with { Status = set.Status with { Pets = [.. set.Status.Pets.Select(pet => pet.Ordinal == ordinal ? change(pet) : pet)] } };
}
