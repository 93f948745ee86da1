using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.Pets;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Pets;

/// <summary>Moves in which something happens: each ends with one whole copy in use, and the others deleted or kept.</summary>
public sealed class PetMoveTroubleTests : PetMoveScenario
{
    [Fact]
    public void Move_TakenBackInTheMiddle_GoesHomeWithTheNextEpochAndTheCopyIsDeleted()
    {
        var world = Settled();
        var from = Copying(world);
        world.Store(world.Set with { Status = world.Set.Status with { Words = [] } });

        Settle(world);

        ShouldBeHome(world, from);
    }

    [Fact]
    public void Move_OtherClusterIsLost_GoesHomeAfterAWhileAndTheCopyGoesWhenItIsBack()
    {
        var world = Settled();
        var from = Copying(world);
        var other = Cluster(world, "zz-1");
        other.IsLinked = false;
        Steps(world, 4);
        world.Set.Status.Pets[0].Phase.ShouldBe(PetPhase.Moving, "it may come back");

        Until(world, () => world.Set.Status.Pets[0].Phase == PetPhase.Ready);
        world.Set.Status.Leftovers.ShouldHaveSingleItem().Cluster.ShouldBe("zz-1");
        world.Set.Status.Conditions.Find(PetSetConditions.Converged)!.Reason.ShouldBe("DeletingVolumes");

        other.IsLinked = true;
        Settle(world);
        ShouldBeHome(world, from);
    }

    [Fact]
    public void Move_OtherClusterIsDeleted_GoesHomeAndNothingIsAwaited()
    {
        var world = Settled();
        var from = Copying(world);
        world.Clusters.RemoveAll(cluster => cluster.Name == "zz-1");

        Settle(world);

        (world.Set.Status.Pets[0].Cluster, world.Set.Status.Pets[0].Epoch).ShouldBe((from, 2));
        world.Set.Status.Leftovers.ShouldBeEmpty();
    }

    [Fact]
    public void Move_OtherClusterCannot_GoesHomeAndSaysWhy()
    {
        var world = Settled();
        Cluster(world, "zz-1").CopiesFail = () => true;
        var from = Move(world, "zz-1");

        Settle(world);

        ShouldBeHome(world, from);
        world.Trace.ShouldContain(line => line.Contains("MoveGivenUp") && line.Contains("the disk is too small"));
    }

    [Fact]
    public void Move_PlacementLeavesTheOtherClusterOutMeanwhile_GoesHome()
    {
        var world = Settled();
        var from = Copying(world);
        world.Edit(set => set with { Spec = set.Spec with { Placement = set.Spec.Placement with { Regions = ["ap", "eu", "us"] } } });

        Settle(world);

        ShouldBeHome(world, from);
    }

    [Fact]
    public void Move_SourceIsLostInTheMiddle_WaitsForItAndGoesOn()
    {
        var world = Settled();
        var from = Copying(world);
        Cluster(world, from).IsLinked = false;

        Steps(world, 60);
        (world.Set.Status.Pets[0].Phase, world.Set.Status.Pets[0].Reason, world.Set.Status.Pets[0].Epoch).ShouldBe((PetPhase.Moving, "SourceAway", 1));

        Cluster(world, from).IsLinked = true;
        Settle(world);
        (world.Set.Status.Pets[0].Cluster, world.Set.Status.Pets[0].Epoch).ShouldBe(("zz-1", 2));
        world.Volumes.Losses.ShouldBeEmpty();
    }

    [Fact]
    public void Move_SourceIsGoneForGood_SaysWhatHelpsAndAReleaseDoes()
    {
        var world = Settled();
        var from = Copying(world);
        world.Clusters.RemoveAll(cluster => cluster.Name == from);
        Steps(world, 30);
        (world.Set.Status.Pets[0].Phase, world.Set.Status.Pets[0].Reason).ShouldBe((PetPhase.Moving, "SourceGone"));
        world.Set.Status.Pets[0].Message.ShouldNotBeNull().ShouldContain("`fed release db-0 -n shop`");

        world.Store(world.Set with { Status = world.Set.Status with { Words = [new PetWord { Ordinal = 0, Epoch = 1, Kind = PetWordKind.Release }] } });
        Settle(world);

        (world.Set.Status.Pets[0].Epoch, world.Set.Status.Pets[0].Phase).ShouldBe((2, PetPhase.Ready));
        world.Set.Status.Pets[0].Cluster.ShouldNotBe("zz-1", "a piece of a copy was there");
    }

    [Fact]
    public void Move_NotReadyWhereItWent_NothingIsDeletedAndNothingReturnsThere()
    {
        var world = Settled();
        var from = Move(world, "zz-1");
        Until(world, () => world.Set.Status.Pets[0].Cluster == "zz-1");
        Cluster(world, "zz-1").NeverReady = true;

        Steps(world, 40);

        var leftover = world.Set.Status.Leftovers.ShouldHaveSingleItem();
        (leftover.Cluster, leftover.After).ShouldBe((from, null));
        world.Volumes.Has(from, 0).ShouldBeTrue();
        WhyNot(world, from).ShouldContain("With --back it goes on with those");
        WhyNot(world, "us-1" == from ? "ap-1" : "us-1", isBack: true).ShouldContain("keeps no volumes");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MoveBack_NotReadyWhereItWent_GoesOnWithWhatItLeft(bool isLost)
    {
        var world = Settled();
        var from = Move(world, "zz-1");
        Until(world, () => world.Set.Status.Pets[0].Cluster == "zz-1");
        (Cluster(world, "zz-1").NeverReady, Cluster(world, "zz-1").IsLinked) = (true, !isLost);
        Steps(world, 40);
        (world.Set.Status.Pets[0].Message?.Contains($"`fed move pet db-0 --to {from} --back -n shop`") == true).ShouldBe(isLost);
        PetMoveAdmission.WhyNot(world.Set, 0, from, isBack: true, new(world.Time, [.. world.Clusters.Select(world.Snapshot)])).ShouldBeNull();
        Say(world, new PetWord { Ordinal = 0, Epoch = 2, Kind = PetWordKind.Move, To = from, Back = true, By = "ann", At = world.Time });
        if (isLost)
        {
            Until(world, () => world.Set.Status.Pets[0] is { Phase: PetPhase.Ready, Epoch: 3 });
            world.Set.Status.Leftovers.ShouldHaveSingleItem().Cluster.ShouldBe("zz-1");
            (Cluster(world, "zz-1").NeverReady, Cluster(world, "zz-1").IsLinked) = (false, true);
        }

        Settle(world);

        (world.Set.Status.Pets[0].Cluster, world.Set.Status.Pets[0].Epoch, world.Set.Status.Pets[0].Node).ShouldBe((from, 3, $"{from}-1"));
        world.Volumes.Has("zz-1", 0).ShouldBeFalse();
        world.Volumes.Returned.ShouldBe([$"{from} 0"]);
        world.Set.Status.Takeovers.Select(takeover => takeover.CopiedAt is null).ShouldBe([false, true]);
    }

    [Fact]
    public void MoveBack_ReadyMeanwhile_IsGivenUp()
    {
        var world = Settled();
        var from = Move(world, "zz-1");
        Until(world, () => world.Set.Status.Leftovers is [{ After: not null }]);
        Say(world, new PetWord { Ordinal = 0, Epoch = 2, Kind = PetWordKind.Move, To = from, Back = true });

        Settle(world);

        (world.Set.Status.Pets[0].Cluster, world.Set.Status.Pets[0].Epoch).ShouldBe(("zz-1", 2));
        world.Trace.ShouldContain(line => line.Contains("MoveGivenUp"));
    }

    [Theory]
    [InlineData(RetentionPolicy.Retain)]
    [InlineData(RetentionPolicy.Delete)]
    public void Move_ScaledAwayInTheMiddle_TheCopyGoesAndTheRestAsThePolicySays(RetentionPolicy policy)
    {
        var world = Settled(spec => WithClaim(spec) with { VolumeRetention = new VolumeRetention { WhenScaled = policy } });
        var from = Copying(world);
        world.Edit(set => set with { Spec = set.Spec with { Ordinals = new PetOrdinals { Start = 1 }, Replicas = 2 } });

        Settle(world);

        world.Volumes.Has("zz-1", 0).ShouldBeFalse();
        world.Volumes.Has(from, 0).ShouldBe(policy == RetentionPolicy.Retain);
        world.Set.Status.Retired.ShouldHaveSingleItem().Cluster.ShouldBe(policy == RetentionPolicy.Retain ? from : null);
    }

    [Theory]
    [InlineData(RetentionPolicy.Retain)]
    [InlineData(RetentionPolicy.Delete)]
    public void Move_SetIsDeletedInTheMiddle_TheCopyGoesFirst(RetentionPolicy policy)
    {
        var world = Settled(spec => WithClaim(spec) with { VolumeRetention = new VolumeRetention { WhenDeleted = policy } });
        var from = Copying(world);
        world.Edit(set => set with { Metadata = set.Metadata with { DeletionTimestamp = world.Time } });

        Until(world, () => world.IsGone);

        world.Volumes.Has("zz-1", 0).ShouldBeFalse();
        world.Volumes.Has(from, 0).ShouldBe(policy == RetentionPolicy.Retain);
        world.Clusters.Any(cluster => world.Volumes.Has(cluster.Name, 1)).ShouldBe(policy == RetentionPolicy.Retain);
    }

    [Fact]
    public void Move_SetIsDeletedAndTheOtherClusterIsLost_GoesAllTheSame()
    {
        var world = Settled();
        Copying(world);
        Cluster(world, "zz-1").IsLinked = false;
        world.Edit(set => set with { Metadata = set.Metadata with { DeletionTimestamp = world.Time } });

        Until(world, () => world.IsGone);

        world.Trace.ShouldContain(line => line.Contains("VolumesStay") && line.Contains("zz-1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Move_StoreIsRestored_NothingIsDeletedThatMayBeTheLastOfAPet(bool hasArrived)
    {
        var world = Settled();
        var from = hasArrived ? Move(world, "zz-1") : Copying(world);
        if (hasArrived)
            Until(world, () => world.Set.Status.Leftovers is [{ After: not null }]);
        world.Store(world.Set with { Status = world.Set.Status with { Store = "before" } });

        var plan = PetPlanner.Plan(world.Set, new PetsObserved(new(world.Time, [.. world.Clusters.Select(world.Snapshot)])) { Store = "restored" });

        plan.NextStatus.Leftovers.ShouldBeEmpty();
        plan.NextStatus.Words.ShouldBeEmpty();
        plan.NextStatus.Pets.ShouldAllBe(pet => pet.Move == null && pet.Epoch > PetEpochs.Leap);
        plan.NextStatus.Pets[0].Cluster.ShouldBe(hasArrived ? "zz-1" : from);
        var next = world.Set with { Status = plan.NextStatus };
        world.Clusters.Select(cluster => WorkRenderer.Render(next, cluster.Name)).OfType<WorkRendering.Run>().SelectMany(run => run.Work.Pets!.Discard).ShouldBeEmpty();
    }
}
