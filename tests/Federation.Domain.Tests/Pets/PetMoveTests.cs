using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Domain.Pets;
using Federation.Domain.Scheduling;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Pets;

/// <summary>Pets that people move, with their volumes: three clusters have one each, and zz-1 none.</summary>
public sealed class PetMoveTests
{
    private static readonly (string, string)[] Clusters = [("ap-1", "ap"), ("eu-1", "eu"), ("us-1", "us"), ("zz-1", "zz")];

    [Fact]
    public void Move_WithVolumes_StopsThenCopiesThenStartsAndTheOldOnesGoOnceItIsReady()
    {
        var world = Settled();
        var from = Move(world, "zz-1");
        var steps = new List<string>();
        world.Planned = (_, plan, _) =>
        {
            var pet = plan.NextStatus.Pets[0];
            var leftover = plan.NextStatus.Leftovers.FirstOrDefault(leftover => leftover.GoneAt is null);
            var step = $"{pet.Cluster} {pet.Phase}{(leftover is null ? "" : leftover.After is null ? $", {leftover.Cluster} keeps" : $", {leftover.Cluster} deletes")}";
            if (steps.LastOrDefault() != step)
                steps.Add(step);
        };

        Settle(world);

        steps.Where(step => !step.Contains("Running")).ShouldBe([$"{from} Releasing", $"{from} Moving", $"zz-1 Starting, {from} keeps", $"zz-1 Ready, {from} deletes", "zz-1 Ready"]);
        world.Volumes.Losses.ShouldBeEmpty();
        world.Volumes.Has(from, 0).ShouldBeFalse();
        var receipt = world.Set.Status.Takeovers.ShouldHaveSingleItem();
        (receipt.From, receipt.To, receipt.Epoch, receipt.Cause, receipt.FreedBy, receipt.By).ShouldBe((from, "zz-1", 2, PetReleaseCause.Asked, PetFreedBy.Cluster, "ann"));
        receipt.Digest.ShouldStartWith("sha256:");
        receipt.Bytes.ShouldNotBeNull().ShouldBeGreaterThan(0);
        var times = new[] { receipt.AskedAt, receipt.ReleasedAt, receipt.FreedAt, receipt.CopiedAt, receipt.BoundAt, receipt.RunningAt, receipt.ReadyAt, receipt.DiscardedAt };
        times.ShouldAllBe(time => time != null);
        times.ShouldBe(times.Order());
        world.Set.Status.Clusters.ShouldNotContain(share => share.Cluster == from);
    }

    [Fact]
    public void Move_WithoutVolumes_StartsThereAtOnce()
    {
        var world = Settled(spec => spec);
        Move(world, "zz-1");

        Settle(world);

        world.Set.Status.Pets[0].ShouldSatisfyAllConditions(pet => pet.Cluster.ShouldBe("zz-1"), pet => pet.Epoch.ShouldBe(2));
        world.Set.Status.Takeovers.ShouldHaveSingleItem().CopiedAt.ShouldBeNull();
        world.Trace.ShouldNotContain(line => line.Contains("Volumes"));
    }

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
    public void Move_TwoPets_OneAfterTheOther()
    {
        var world = Settled();
        Move(world, "zz-1");
        Say(world, new PetWord { Ordinal = 1, Epoch = 1, Kind = PetWordKind.Move, To = "zz-1" });
        world.Planned = (_, plan, _) => plan.NextStatus.Pets.Count(pet => pet.Phase != PetPhase.Ready).ShouldBeLessThanOrEqualTo(1);

        Settle(world);

        world.Set.Status.Pets.Select(pet => pet.Cluster).Take(2).ShouldBe(["zz-1", "zz-1"]);
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

    [Fact]
    public void WhyNot_EachReason_IsNamed()
    {
        var world = Settled();
        var from = world.Set.Status.Pets[0].Cluster!;
        var noRoom = world.Snapshot(Cluster(world, "zz-1")) with { Free = default };

        WhyNot(world, "nowhere").ShouldContain("there is no cluster nowhere; there are ap-1");
        WhyNot(world, from).ShouldContain("already");
        WhyNot(world, "zz-1", snapshot => snapshot with { Unschedulable = true }).ShouldContain("cordoned");
        WhyNot(world, "zz-1", snapshot => snapshot with { Ready = ConditionStatus.Unknown }).ShouldContain("not Ready");
        WhyNot(world, "zz-1", _ => noRoom).ShouldContain("insufficient cpu");
        world.Edit(set => set with { Spec = set.Spec with { Placement = set.Spec.Placement with { Regions = ["ap", "eu", "us"] } } });
        WhyNot(world, "zz-1").ShouldContain("placement leaves zz-1 out");
        PetMoveAdmission.WhyNot(world.Set, 0, world.Set.Status.Pets[1].Cluster!, isBack: false, new(world.Time, [.. world.Clusters.Select(world.Snapshot)])).ShouldBeNull();
    }

    [Fact]
    public void Fold_CopyReportsOftenOrLate_CountsAreBoundedAndOldWordsDoNotCount()
    {
        var pet = new PetStatus
        {
            Name = "db-0",
            Cluster = "a",
            Epoch = 3,
            Phase = PetPhase.Moving,
            Release = new PetRelease { FreedAt = TestApps.Start },
            Move = new PetMove { To = "b", After = 20 },
        };
        var set = TestPets.Db(1) with { Status = new PetSetStatus { Pets = [pet] } };
        var copy = new WorkPetCopyStatus { Epoch = 3, Node = "b-1", Phase = WorkPetCopyPhase.Copying, Bytes = 10 };

        Fold(set, 20, copy, 0).ShouldBeSameAs(set, "a word of before");
        Fold(set, 21, copy with { Epoch = 2 }, 0).ShouldBeSameAs(set, "another copy");
        PetReports.Fold(set, "c", new WorkStatus { Revision = 21, Copies = [copy] }, TestApps.Start).ShouldBeSameAs(set, "somebody else's");
        var first = Fold(set, 21, copy, 0);
        first.Status.Pets[0].Move!.Bytes.ShouldBe(10);
        Fold(first, 21, copy with { Bytes = 20 }, 1).ShouldBeSameAs(first, "too soon");
        Fold(first, 21, copy with { Bytes = 20 }, 3).Status.Pets[0].Move!.Bytes.ShouldBe(20);
        var done = Fold(first, 21, copy with { Bytes = 30, Phase = WorkPetCopyPhase.Done, Digest = "d" }, 1).Status.Pets[0].Move!;
        (done.Bytes, done.Digest, done.CopiedAt).ShouldBe((30, "d", TestApps.Start.AddSeconds(1)));
    }

    [Fact]
    public void Render_CopyAndLeftover_AreSaidAgainToAClusterThatHeardOfAnEarlierRevision()
    {
        var world = Settled();
        var from = Copying(world);
        var work = ((WorkRendering.Run)world.Rendered("zz-1")).Work;

        work.Pets!.Copies.ShouldHaveSingleItem().ShouldBe(new WorkPetCopy { Ordinal = 0, Epoch = 1, FromCluster = from, FromNode = $"{from}-1" });
        WorkRenderer.MustRepeat(world.Set, "zz-1", new WorkRendering.Run(work)).ShouldBeFalse();
        WorkRenderer.MustRepeat(world.Set, "zz-1", new WorkRendering.Run(work with { Revision = world.Set.Status.Pets[0].Move!.After!.Value })).ShouldBeTrue();
        WorkRenderer.AsksTheSame(work, work with { Pets = work.Pets with { Copies = [] } }).ShouldBeFalse();
    }

    private static PetSet Fold(PetSet set, long revision, WorkPetCopyStatus copy, int second) =>
        PetReports.Fold(set, "b", new WorkStatus { Revision = revision, Copies = [copy] }, TestApps.Start.AddSeconds(second));

    private static string WhyNot(PetWorld world, string to, Func<ClusterSnapshot, ClusterSnapshot>? change = null, bool isBack = false) => PetMoveAdmission.WhyNot(
        world.Set, 0, to, isBack, new(world.Time, [.. world.Clusters.Select(cluster => cluster.Name == to && change is not null ? change(world.Snapshot(cluster)) : world.Snapshot(cluster))])).ShouldNotBeNull();

    private static void ShouldBeHome(PetWorld world, string from)
    {
        (world.Set.Status.Pets[0].Cluster, world.Set.Status.Pets[0].Epoch, world.Set.Status.Pets[0].Move).ShouldBe((from, 2, null));
        world.Set.Status.Leftovers.ShouldBeEmpty();
        world.Set.Status.Takeovers.ShouldBeEmpty("nobody took it over");
        world.Volumes.Has("zz-1", 0).ShouldBeFalse();
        world.Volumes.Losses.ShouldBeEmpty();
    }

    private static PetSetSpec WithClaim(PetSetSpec spec) => spec with { VolumeClaims = [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi") }] };

    private static PetWorld Settled(Func<PetSetSpec, PetSetSpec>? change = null)
    {
        var world = new PetWorld(TestPets.Db(3, change ?? WithClaim), 1, Clusters);
        world.Clusters[3].HeardAt = -100;
        world.Clusters[3].IsLinked = false;
        Settle(world);
        world.Clusters[3].IsLinked = true;
        Settle(world);
        return world;
    }

    /// <returns>The cluster that pet 0 is to leave.</returns>
    private static string Move(PetWorld world, string to)
    {
        Say(world, new PetWord { Ordinal = 0, Epoch = 1, Kind = PetWordKind.Move, To = to, By = "ann", At = world.Time });
        return world.Set.Status.Pets[0].Cluster!;
    }

    /// <summary>A move of pet 0 to zz-1 of which some bytes are there, and never all.</summary>
    private static string Copying(PetWorld world)
    {
        Cluster(world, "zz-1").CopiesStall = true;
        var from = Move(world, "zz-1");
        Until(world, () => world.Set.Status.Pets[0].Move?.Bytes > 0);
        Cluster(world, "zz-1").CopiesStall = false;
        return from;
    }

    private static FakeCluster Cluster(PetWorld world, string name) => world.Clusters.Single(cluster => cluster.Name == name);

    private static void Say(PetWorld world, PetWord word) => world.Store(world.Set with { Status = world.Set.Status with { Words = [.. world.Set.Status.Words, word] } });

    private static void Settle(PetWorld world)
    {
        Steps(world, 2);
        Until(world, () => world.LastPlan!.Steps.IsConverged);
    }

    private static void Steps(PetWorld world, int count)
    {
        for (var i = 0; i < count; i++)
            world.Step();
    }

    private static void Until(PetWorld world, Func<bool> condition)
    {
        for (var i = 0; i < 200 && !condition(); i++)
        {
            world.Step();
            world.Clusters.SelectMany(cluster => cluster.Running.Keys).GroupBy(ordinal => ordinal).ShouldAllBe(same => same.Count() == 1);
        }

        condition().ShouldBeTrue($"{string.Join('\n', world.Trace)}\n{string.Join('\n', world.Set.Status.Pets)}\n{string.Join('\n', world.Set.Status.Conditions)}");
        world.Volumes.Wrongs.ShouldBeEmpty();
    }
}
