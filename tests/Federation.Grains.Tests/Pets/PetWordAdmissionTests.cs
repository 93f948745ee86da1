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
