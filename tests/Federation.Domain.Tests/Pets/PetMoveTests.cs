using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.Pets;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Pets;

/// <summary>Pets that people move, with their volumes: three clusters have one each, and zz-1 none.</summary>
public sealed class PetMoveTests : PetMoveScenario
{
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
}
