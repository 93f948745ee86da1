using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Api.Snapshots;
using Federation.Domain.Pets;
using Federation.Domain.Scheduling;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Pets;

/// <summary>New pets that begin with what a PetSnapshot has.</summary>
public sealed class PetRestoreTests
{
    private static readonly PetSnapshotItem Older = Item("20260101T030000Z-0");
    private static readonly PetSnapshotItem Newer = Item("20260102T030000Z-0");

    private readonly List<ClusterSnapshot> _clusters = [TestPets.Cluster("eu", "eu"), TestPets.Cluster("us", "us")];
    private DateTimeOffset _now = TestApps.Start;
    private PetSet _set = Make(new VolumeSource { Snapshot = "nightly" });
    private PetSnapshot _snapshot = With(Older, Newer);

    private PetStatus Pet => _set.Status.Pets.Single();

    [Fact]
    public void NewPet_BeginsWithTheNewestCopy_AndIsBoundOnceItIsThere()
    {
        Plan();

        Pet.ShouldSatisfyAllConditions(
            pet => pet.Phase.ShouldBe(PetPhase.Moving),
            pet => pet.Cluster.ShouldBeNull(),
            pet => (pet.Restore!.To, pet.Restore.Id, pet.Restore.Cluster, pet.Restore.StoredOn).ShouldBe(("eu", Newer.Id, "us", "us-1")));
        var work = WorkOf("eu")!;
        work.Run.ShouldBeEmpty();
        work.Copies.ShouldBe([new WorkPetCopy { Ordinal = 0, Epoch = 0, FromCluster = "us", FromNode = "us-1", FromSnapshot = new WorkSnapshotItem("uid-s", Newer.Id) }]);
        work.Claims.Select(claim => claim.FromSnapshot).ShouldBe([true, false]);

        Report("eu", new WorkPetCopyStatus { Ordinal = 0, Epoch = 0, Node = "eu-1", Phase = WorkPetCopyPhase.Copying, Bytes = 3 });
        Plan();
        (Pet.Restore!.Bytes, Pet.Phase).ShouldBe((3, PetPhase.Moving));
        Report("eu", Done(epoch: 0));
        Plan();

        Pet.ShouldSatisfyAllConditions(pet => (pet.Cluster, pet.Node, pet.Epoch, pet.Restore).ShouldBe(("eu", "eu-1", 1, null)));
        WorkOf("eu")!.Run.ShouldHaveSingleItem().Epoch.ShouldBe(1);
        _set.Status.Leftovers.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("20260101T030000Z", true)]
    [InlineData("20260101T030000Z-0", true)]
    [InlineData("20260103T030000Z", false)]
    public void NewPet_OfOneTime_BeginsWithThatOrWaits(string id, bool isThere)
    {
        _set = Make(new VolumeSource { Snapshot = "nightly", Id = id });

        Plan();

        Pet.Restore?.Id.ShouldBe(Older.Id);
        Pet.Reason.ShouldBe(isThere ? "RestoringVolumes" : "WaitsForCopy");
    }

    [Theory]
    [InlineData(MissingCopy.Wait, null)]
    [InlineData(MissingCopy.Empty, "eu")]
    public void NewPet_NoCopy_WaitsOrBeginsEmpty(MissingCopy missing, string? cluster)
    {
        _set = Make(new VolumeSource { Snapshot = "nightly", Missing = missing });
        _snapshot = With(Newer with { Ordinal = 1 }, Older with { Phase = PetSnapshotPhase.Storing }, Item("x-0") with { Claims = [new PetSnapshotClaim { Name = "log" }] });

        Plan();

        (Pet.Cluster, Pet.Restore).ShouldBe((cluster, null));
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("gone")]
    [InlineData("failed")]
    public void Restoring_TheClusterIsNoGood_BeginsElsewhereAndOnlyTheCopyGoes(string how)
    {
        Plan();
        if (how == "failed")
            Report("eu", Done(epoch: 0) with { Phase = WorkPetCopyPhase.Failed, Message = "no space" });
        else if (how == "gone")
            _clusters.RemoveAt(0);
        else
            (_clusters[0], _now) = (TestPets.Cluster("eu", "eu", isReady: false, since: _now), _now.AddMinutes(1));

        Plan();

        (Pet.Restore!.To, Pet.Epoch).ShouldBe(("us", 1), "another beginning is another copy");
        Report("eu", Done(epoch: 0));
        Pet.Restore.CopiedAt.ShouldBeNull("that was the earlier one");
        if (how == "gone")
            return;
        _set.Status.Leftovers.ShouldHaveSingleItem().ShouldSatisfyAllConditions(leftover => (leftover.Cluster, leftover.OnlyCopies).ShouldBe(("eu", true)));
        var work = WorkOf("eu")!;
        work.Discard.ShouldBe([0]);
        work.DiscardCopies.ShouldBe([0]);
        work.Copies.ShouldBeEmpty();
    }

    [Fact]
    public void Restoring_TheCopyIsDeleted_BeginsAgainWithAnother()
    {
        Plan();
        _snapshot = With(Older);

        Plan();

        (Pet.Restore!.Id, Pet.Epoch, Pet.Restore.To).ShouldBe((Older.Id, 1, "us"), "eu has to delete what it has first");
    }

    [Fact]
    public void Restoring_ScaledAwayOrDeleted_TheCopyGoesToo()
    {
        Plan();
        _set = _set with { Spec = _set.Spec with { Replicas = 0 } };

        Plan();

        _set.Status.Pets.ShouldBeEmpty();
        WorkOf("eu")!.DiscardCopies.ShouldBe([0]);
        Report("eu");
        Plan();
        _set.Status.Leftovers.ShouldBeEmpty();
    }

    [Fact]
    public void Restoring_VolumesAreThere_WaitsAndSaysSo()
    {
        Plan();
        Report("eu", new WorkPetCopyStatus { Ordinal = 0, Epoch = 0, Reason = "VolumesExist", Message = "volume x is there already" });

        Plan();

        Pet.ShouldSatisfyAllConditions(pet => pet.Phase.ShouldBe(PetPhase.Moving), pet => pet.Reason.ShouldBe("VolumesExist"), pet => pet.Message.ShouldBe("volume x is there already"));
    }

    [Fact]
    public void PetThatHadVolumes_IsNotRestored()
    {
        _set = _set with { Status = _set.Status with { Pets = [new PetStatus { Ordinal = 0, Name = "db-0", Cluster = "us", Node = "us-1", Epoch = 2, Phase = PetPhase.Ready, Since = _now }] } };

        Plan();

        (Pet.Cluster, Pet.Epoch, Pet.Restore).ShouldBe(("us", 2, null));
    }

    [Fact]
    public void Hold_WhileAPetHoldsStill_NoOtherIsUpdatedOrMoved()
    {
        var held = new PetStatus { Ordinal = 0, Name = "db-0", Cluster = "us", Node = "us-1", Epoch = 2, Phase = PetPhase.Ready, Since = _now, TemplateHash = "old", Hold = new PetHold { Snapshot = "nightly", Id = "x-0" } };
        _set = _set with
        {
            Spec = _set.Spec with { Replicas = 2 },
            Status = _set.Status with { Pets = [held, held with { Ordinal = 1, Name = "db-1", Hold = null }], Words = [new PetWord { Kind = PetWordKind.Move, Ordinal = 1, Epoch = 2, To = "eu" }] },
        };
        _snapshot = With(Item("x-0") with { Phase = PetSnapshotPhase.Taking });

        Plan();
        _set.Status.Pets.ShouldAllBe(pet => pet.TemplateHash == "old" && pet.Release == null);
        _set.Status.Pets[1].Message.ShouldBe("it is to move to eu: a snapshot of db-0 is taken first");

        _snapshot = With(Item("x-0") with { Phase = PetSnapshotPhase.Storing });
        Plan();
        _set.Status.Pets[0].Hold.ShouldBeNull();
        _set.Status.Pets[1].Release.ShouldNotBeNull("it moves now");
    }

    private static PetSet Make(VolumeSource source) => TestPets.Db(1, spec => spec with
    {
        VolumeClaims = [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi"), From = source }, new VolumeClaim { Name = "scratch", Size = Quantity.Parse("1Gi") }],
    });

    private static PetSnapshotItem Item(string id) => new()
    {
        Id = id,
        Pet = "db-0",
        Phase = PetSnapshotPhase.Complete,
        Cluster = "us",
        Node = "us-1",
        Claims = [new PetSnapshotClaim { Name = "data", Bytes = 3, Digest = "d" }],
    };

    private static PetSnapshot With(params PetSnapshotItem[] items) => new()
    {
        Metadata = new ObjectMeta { Name = "nightly", Namespace = "shop", Uid = "uid-s" },
        Spec = new PetSnapshotSpec { PetSet = "db" },
        Status = new PetSnapshotStatus { Items = items },
    };

    private static WorkPetCopyStatus Done(long epoch) => new() { Ordinal = 0, Epoch = epoch, Node = "eu-1", Phase = WorkPetCopyPhase.Done, Bytes = 3, Digest = "d" };

    private void Plan() => Write(_set with { Status = PetPlanner.Plan(_set, new PetsObserved(new PlacementObserved(_now, [.. _clusters])) { Snapshots = [_snapshot] }).NextStatus });

    private void Report(string cluster, params WorkPetCopyStatus[] copies) =>
        Write(PetReports.Fold(_set, cluster, new WorkStatus { Uid = "uid-1", Revision = _set.Revision() ?? 0, Copies = copies }, _now));

    private WorkPets? WorkOf(string cluster) => (WorkRenderer.Render(_set, cluster) as WorkRendering.Run)?.Work.Pets;

    private void Write(PetSet next) => _set = (PetSet)next.WithRevision((_set.Revision() ?? 0) + 1);
}
