using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Domain.Tests.Pets;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Works;

public sealed class PetWorkRendererTests
{
    private static readonly PetNaming Naming = new("example.org", cluster => cluster == "eu-1" ? "192.0.2.1" : null);

    private readonly PetSet _set = TestPets.Db(3, spec => spec with { Ordinals = new PetOrdinals { Start = 1 }, VolumeClaims = [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi"), Class = "ssd" }] }) with
    {
        Status = new PetSetStatus
        {
            Clusters = [new ClusterShare { Cluster = "eu-1", Phase = SharePhase.Active, Replicas = 2 }, new ClusterShare { Cluster = "us-1", Phase = SharePhase.Active, Replicas = 1 }],
            Pets =
            [
                new PetStatus { Ordinal = 1, Cluster = "eu-1", Region = "eu", Epoch = 4, Node = "n1", TemplateHash = "old", Phase = PetPhase.Ready },
                new PetStatus { Ordinal = 2, Cluster = "eu-1", Region = "eu", Epoch = 2, TemplateHash = "old", Release = new PetRelease { After = 7 }, Phase = PetPhase.Releasing },
                new PetStatus { Ordinal = 3, Cluster = "us-1", Region = "us", Epoch = 1, Phase = PetPhase.Running },
            ],
            Templates = [new PetTemplate { Hash = "old", Template = TestPets.Template("db:0"), Images = new Dictionary<string, string> { ["db:0"] = "db@sha256:0" } }, new PetTemplate { Hash = "unused", Template = TestPets.Template("db:7") }],
        },
    };

    [Fact]
    public void Render_OneClustersPets_AreThoseThatAreBoundToIt()
    {
        var work = Work("eu-1");

        work.Mode.ShouldBe(WorkMode.Pets);
        work.Pets!.Run.ShouldHaveSingleItem().ShouldBe(new WorkPet { Ordinal = 1, Epoch = 4, TemplateHash = "old", Node = "n1" });
        var earlier = work.Pets.Earlier.ShouldHaveSingleItem();
        earlier.Template.Spec.Containers[0].Image.ShouldBe("db:0");
        earlier.Images["db:0"].ShouldBe("db@sha256:0");
        work.Pets.Claims.ShouldHaveSingleItem().ShouldBe(new WorkClaim { Name = "data", Bytes = 1L << 30, Class = "ssd" });
        work.Expose.ShouldBe(
        [
            new WorkPort { Name = "client", Port = 2379, TargetPort = 2379 },
            new WorkPort { Name = "peer", Port = 2400, TargetPort = 2380, Ordinal = 1 },
        ]);
        Work("us-1").Expose[1].Port.ShouldBe(2402);
    }

    [Fact]
    public void Render_Peers_AreAllPetsWithTheirAddressesAndPorts()
    {
        var peers = Work("us-1").Pets!.Peers;

        peers.Select(peer => $"{peer.Name} {peer.Host} {peer.Cluster} {peer.Address} {string.Join(' ', peer.Ports.Select(port => $"{port.Key}:{port.Value}"))}").ShouldBe(
        [
            "db-1 db-1.db.shop.svc.example.org eu-1 192.0.2.1 client:2379 peer:2400",
            "db-2 db-2.db.shop.svc.example.org   ",
            "db-3 db-3.db.shop.svc.example.org us-1  ",
        ]);
    }

    [Fact]
    public void AsksTheSame_AnythingAboutPetsChanges_IsSent()
    {
        var work = Work("eu-1");

        WorkRenderer.AsksTheSame(work, Work("eu-1")).ShouldBeTrue();
        WorkRenderer.AsksTheSame(work, work with { Pets = work.Pets! with { IsFenced = false } }).ShouldBeFalse();
        WorkRenderer.AsksTheSame(work, work with { Pets = work.Pets! with { Run = [work.Pets.Run[0] with { Epoch = 5 }] } }).ShouldBeFalse();
        WorkRenderer.AsksTheSame(work, work with { Pets = work.Pets! with { Discard = [2] } }).ShouldBeFalse();
        WorkRenderer.AsksTheSame(work, work with { Pets = work.Pets! with { Earlier = [work.Pets.Earlier[0] with { Images = new Dictionary<string, string>() }] } }).ShouldBeFalse();
        WorkRenderer.AsksTheSame(work, work with { Pets = work.Pets! with { Peers = [work.Pets.Peers[0] with { Address = "192.0.2.9" }, .. work.Pets.Peers.Skip(1)] } }).ShouldBeFalse();
    }

    [Theory]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public void MustRepeat_APetCameAndWentBetweenTwoLooks_TheClusterIsToldAgain(long said, bool isRepeated) =>
        WorkRenderer.MustRepeat(_set, "eu-1", new WorkRendering.Run(Work("eu-1") with { Revision = said })).ShouldBe(isRepeated);

    [Fact]
    public void Render_SetIsBeingDeleted_GoesOnUntilTheLastPetIsGone()
    {
        var deleting = _set with { Metadata = _set.Metadata with { DeletionTimestamp = TestApps.Start } };

        WorkRenderer.Render(deleting, "eu-1").ShouldBeOfType<WorkRendering.Run>();
        WorkRenderer.Render(deleting with { Status = deleting.Status with { Pets = [] } }, "eu-1").ShouldBeOfType<WorkRendering.Remove>();
    }

    private Work Work(string cluster) => ((WorkRendering.Run)WorkRenderer.Render(_set, cluster, static _ => null, Naming)).Work;
}
