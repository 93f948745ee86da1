using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Grains.Pets;

namespace Federation.Grains.Tests.Pets;

public sealed class PetWordAdmissionTests
{
    private static readonly PetWord Dead = new() { Ordinal = 0, Epoch = 3, Kind = PetWordKind.Fence, By = "admin" };
    private static readonly PetWord Leave = Dead with { Kind = PetWordKind.Release };

    [Theory]
    [InlineData(PetPhase.Running)]
    [InlineData(PetPhase.Ready)]
    public void Judge_DeadAndItsClusterSaysThatItRuns_Refused(PetPhase phase)
    {
        var set = With(new PetStatus { Cluster = "a", Phase = phase });

        Refusal(set, Dead, isReady: true).ShouldContain("reports that db-0 runs");
        PetWordAdmission.Judge(set, Dead, isReady: false).Words.ShouldBe([Dead]);
    }

    [Theory]
    [InlineData(PetPhase.Unknown)]
    [InlineData(PetPhase.WaitingForVolumes)]
    [InlineData(PetPhase.Fenced)]
    public void Judge_DeadAndNobodySaysThatItRuns_Taken(PetPhase phase) =>
        PetWordAdmission.Judge(With(new PetStatus { Cluster = "a", Phase = phase }), Dead, isReady: true).Words.ShouldBe([Dead]);

    [Fact]
    public void Judge_OtherEpoch_Refused() =>
        Refusal(With(new PetStatus { Cluster = "a", Epoch = 4 }), Dead).ShouldContain("epoch 4 by now");

    [Fact]
    public void Judge_NoSuchPet_Refused() => Refusal(With(new PetStatus { Cluster = "a" }), Dead with { Ordinal = 7 }).ShouldContain("there is no pet db-7");

    [Fact]
    public void Judge_NoCluster_Refused() => Refusal(With(new PetStatus()), Dead).ShouldContain("no cluster");

    [Fact]
    public void Judge_SameWordAgain_ChangesNothing()
    {
        var set = With(new PetStatus { Cluster = "a", Phase = PetPhase.Unknown }, Dead);

        PetWordAdmission.Judge(set, Dead with { By = "somebody else" }, isReady: false).Words.ShouldBeSameAs(set.Status.Words);
    }

    [Fact]
    public void Judge_OlderWordOfThePet_IsReplacedAndOthersStay()
    {
        var other = Dead with { Ordinal = 1 };
        var set = With(new PetStatus { Cluster = "a", Phase = PetPhase.Unknown }, Dead with { Epoch = 2 }, other, Leave);

        PetWordAdmission.Judge(set, Dead, isReady: false).Words.ShouldBe([other, Leave, Dead]);
    }

    [Fact]
    public void Judge_LeavesAlready_ReleaseChangesNothingAndDeadCounts()
    {
        var set = With(new PetStatus { Cluster = "a", Phase = PetPhase.Releasing, Release = new PetRelease { After = 5 } });

        PetWordAdmission.Judge(set, Leave, isReady: false).Words.ShouldBeSameAs(set.Status.Words);
        PetWordAdmission.Judge(set, Dead, isReady: false).Words.ShouldBe([Dead]);
    }

    [Fact]
    public void Judge_KnownNotToRunAnyMore_DeadChangesNothing()
    {
        var set = With(new PetStatus { Cluster = "a", Phase = PetPhase.Releasing, Release = new PetRelease { After = 5, FreedAt = DateTimeOffset.UnixEpoch } });

        PetWordAdmission.Judge(set, Dead, isReady: false).Words.ShouldBeSameAs(set.Status.Words);
    }

    [Fact]
    public void Judge_Move_TakenOnceAndToOneClusterOnly()
    {
        var pet = new PetStatus { Cluster = "a", Phase = PetPhase.Ready };
        var there = Dead with { Kind = PetWordKind.Move, To = "b" };

        PetWordAdmission.Judge(With(pet), there, isReady: true).Words.ShouldBe([there]);
        var asked = With(pet, there);
        PetWordAdmission.Judge(asked, there with { By = "somebody else" }, isReady: true).Words.ShouldBeSameAs(asked.Status.Words);
        Refusal(asked, there with { To = "c" }).ShouldContain("asked to move to b already: take that back first (`fed move pet db-0 --cancel`)");
        Judge(With(pet), there, "b is full").ShouldContain("db-0 cannot move to b: b is full");
        Refusal(With(pet with { Release = new PetRelease(), Phase = PetPhase.Releasing, Message = "a is lost" }), there).ShouldContain("leaves a at present (Releasing: a is lost)");
    }

    [Fact]
    public void Judge_MoveTakenBack_GoesFromTheListAndOnlyIfItIsThere()
    {
        var pet = new PetStatus { Cluster = "a", Phase = PetPhase.Moving, Release = new PetRelease(), Move = new PetMove { To = "b" } };
        var back = Dead with { Kind = PetWordKind.Move };

        PetWordAdmission.Judge(With(pet, Leave, back with { To = "b" }), back, isReady: true).Words.ShouldBe([Leave]);
        Refusal(With(pet), back).ShouldContain("is in a and is not asked to move");
    }

    [Fact]
    public void Judge_Moves_AReleaseEndsTheMove()
    {
        var pet = new PetStatus { Cluster = "a", Phase = PetPhase.Moving, Release = new PetRelease(), Move = new PetMove { To = "b" } };

        PetWordAdmission.Judge(With(pet, Dead with { Kind = PetWordKind.Move, To = "b" }), Leave, isReady: false).Words.ShouldBe([Leave]);
    }

    private static string Judge(PetSet set, PetWord word, string cannotMove) => PetWordAdmission.Judge(set, word, isReady: true, cannotMove).Refusal!.Message ?? "";

    private static string Refusal(PetSet set, PetWord word, bool isReady = false)
    {
        var (words, refusal) = PetWordAdmission.Judge(set, word, isReady);
        words.ShouldBeNull();
        refusal!.Reason.ShouldBe(StatusReasons.Conflict);
        return refusal.Message ?? "";
    }

    private static PetSet With(PetStatus pet, params PetWord[] words) => new()
    {
        Metadata = new ObjectMeta { Name = "db", Namespace = "default" },
        Status = new PetSetStatus { Pets = [pet with { Name = "db-0", Epoch = pet.Epoch == 0 ? 3 : pet.Epoch }], Words = words },
    };
}
