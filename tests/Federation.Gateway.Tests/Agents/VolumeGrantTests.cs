using System.Net;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Gateway.Agents;

namespace Federation.Gateway.Tests.Agents;

/// <summary>A cluster reads a volume of another one only while a person's word says so, and nobody runs the pet.</summary>
public sealed class VolumeGrantTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private static readonly VolumeQuery Query = new("uid-db", 1, 7, "data", 20);

    private static readonly PetSet Moving = new()
    {
        Metadata = new ObjectMeta { Name = "db", Namespace = "shop", Uid = "uid-db" },
        Spec = new PetSetSpec { VolumeClaims = [new VolumeClaim { Name = "data" }] },
        Status = new PetSetStatus
        {
            Pets =
            [
                new PetStatus { Ordinal = 0, Cluster = "a", Epoch = 7, Phase = PetPhase.Ready },
                new PetStatus { Ordinal = 1, Cluster = "a", Node = "a.n1", Epoch = 7, Phase = PetPhase.Moving, Release = new PetRelease { FreedAt = DateTimeOffset.UnixEpoch } },
            ],
            Words = [new PetWord { Ordinal = 1, Kind = PetWordKind.Move, Epoch = 7, To = "b" }],
        },
    };

    [Fact]
    public void Of_PetMovesToTheCluster_IsAskedOfTheOneThatHasIt()
    {
        var (source, request) = VolumeGrant.Of(Moving, "b", Query).ShouldNotBeNull();

        source.ShouldBe("a");
        (request.Kind, request.Namespace, request.Pod).ShouldBe((StreamKind.Volume, "shop", "db-1"));
        request.Volume.ShouldBe(new VolumeRequest { WorkUid = "uid-db", Ordinal = 1, Claim = "data", Node = "a.n1", Skip = 20 });
    }

    [Fact]
    public void Of_AnythingElse_IsRefused()
    {
        VolumeGrant.Of(null, "b", Query).ShouldBeNull();
        VolumeGrant.Of(Moving, "c", Query).ShouldBeNull("it moves to b");
        VolumeGrant.Of(Moving, "a", Query).ShouldBeNull("it has it");
        VolumeGrant.Of(Moving, "b", Query with { Ordinal = 0 }).ShouldBeNull("that one runs");
        VolumeGrant.Of(Moving, "b", Query with { Epoch = 6 }).ShouldBeNull("an earlier copy");
        VolumeGrant.Of(Moving, "b", Query with { Claim = "logs" }).ShouldBeNull("there is no such claim");
        VolumeGrant.Of(WithPet(pet => pet with { Phase = PetPhase.Releasing }), "b", Query).ShouldBeNull("it may run still");
        VolumeGrant.Of(WithPet(pet => pet with { Release = new PetRelease() }), "b", Query).ShouldBeNull("it is not free");
        VolumeGrant.Of(WithPet(pet => pet with { Release = null }), "b", Query).ShouldBeNull("it is bound again");
        VolumeGrant.Of(WithPet(pet => pet with { Epoch = 8 }), "b", Query).ShouldBeNull("it has gone on");
        foreach (var word in (PetWord[])[Moving.Status.Words[0] with { Kind = PetWordKind.Release }, Moving.Status.Words[0] with { Epoch = 6 }, Moving.Status.Words[0] with { Ordinal = 0 }])
            VolumeGrant.Of(Moving with { Status = Moving.Status with { Words = [word] } }, "b", Query).ShouldBeNull($"the word is {word}");
    }

    [Fact]
    public void Of_PetBeginsFromASnapshot_IsAskedOfTheClusterThatStoresIt()
    {
        var set = Moving with
        {
            Spec = new PetSetSpec { VolumeClaims = [new VolumeClaim { Name = "data", From = new VolumeSource { Snapshot = "nightly" } }, new VolumeClaim { Name = "scratch" }] },
            Status = new PetSetStatus
            {
                Pets = [new PetStatus { Ordinal = 1, Epoch = 7, Phase = PetPhase.Moving, Restore = new PetRestore { To = "b", Snapshot = "nightly", SnapshotUid = "uid-s", Id = "x-1", Cluster = "b", StoredOn = "b.n2" } }],
            },
        };

        var (source, request) = VolumeGrant.Of(set, "b", Query).ShouldNotBeNull();
        source.ShouldBe("b", "it can be the very one that asks");
        request.Volume.ShouldBe(new VolumeRequest { Ordinal = 1, Claim = "data", Node = "b.n2", Skip = 20, Snapshot = new WorkSnapshotItem("uid-s", "x-1"), Part = WorkSnapshotPart.Stored });

        VolumeGrant.Of(set, "a", Query).ShouldBeNull("it goes to b");
        VolumeGrant.Of(set, "b", Query with { Epoch = 6 }).ShouldBeNull("an earlier copy");
        VolumeGrant.Of(set, "b", Query with { Claim = "scratch" }).ShouldBeNull("that one begins empty");
        VolumeGrant.Of(With(set, restore => restore with { CopiedAt = DateTimeOffset.UnixEpoch }), "b", Query).ShouldBeNull("it has it");
        VolumeGrant.Of(With(set, restore => restore with { Snapshot = "weekly" }), "b", Query).ShouldBeNull("the set does not ask for it any more");

        static PetSet With(PetSet set, Func<PetRestore, PetRestore> change) => set with { Status = new PetSetStatus { Pets = [set.Status.Pets[0] with { Restore = change(set.Status.Pets[0].Restore!) }] } };
    }

    [Fact]
    public void Of_CopyIsOnItsWay_IsAskedOfTheClusterThatTookIt()
    {
        var item = new PetSnapshotItem { Id = "x-1", Ordinal = 1, Pet = "db-1", Phase = PetSnapshotPhase.Storing, Cluster = "b", TakenIn = "a", TakenOn = "a.n1", Claims = [new PetSnapshotClaim { Name = "data" }] };
        var query = new SnapshotQuery("uid-s", "x-1", "data", 3);

        var (source, request) = VolumeGrant.Of(With(item), "b", query).ShouldNotBeNull();
        (source, request.Kind, request.Namespace, request.Pod).ShouldBe(("a", StreamKind.Volume, "shop", "db-1"));
        request.Volume.ShouldBe(new VolumeRequest { Ordinal = 1, Claim = "data", Node = "a.n1", Skip = 3, Snapshot = new WorkSnapshotItem("uid-s", "x-1"), Part = WorkSnapshotPart.Taken });

        VolumeGrant.Of(null, "b", query).ShouldBeNull();
        VolumeGrant.Of(With(item), "c", query).ShouldBeNull("b stores it");
        VolumeGrant.Of(With(item), "b", query with { Id = "x-2" }).ShouldBeNull("there is no such copy");
        VolumeGrant.Of(With(item), "b", query with { Claim = "log" }).ShouldBeNull("it has no such volume");
        foreach (var phase in (PetSnapshotPhase[])[PetSnapshotPhase.Waiting, PetSnapshotPhase.Taking, PetSnapshotPhase.Complete, PetSnapshotPhase.Failed])
            VolumeGrant.Of(With(item with { Phase = phase }), "b", query).ShouldBeNull($"it is {phase}");

        static PetSnapshot With(PetSnapshotItem item) => new() { Metadata = new ObjectMeta { Name = "nightly", Namespace = "shop", Uid = "uid-s" }, Status = new PetSnapshotStatus { Items = [item] } };
    }

    [Fact]
    public async Task Get_NoMoveGoesOn_IsForbidden()
    {
        using var agent = await gateway.JoinAsync("volume-b", region: "volume-b");

        (await GetAsync(AgentPaths.Volume("volume-b", "uid-db", 1, 7, "data"), agent.Options.Token)).ShouldBe(HttpStatusCode.Forbidden);
        (await GetAsync(AgentPaths.Volume("volume-c", "uid-db", 1, 7, "data"), agent.Options.Token)).ShouldBe(HttpStatusCode.Forbidden);
        (await GetAsync(AgentPaths.Snapshot("volume-b", "uid-s", "x-1", "data"), agent.Options.Token)).ShouldBe(HttpStatusCode.Forbidden);
        (await GetAsync(AgentPaths.Snapshot("volume-c", "uid-s", "x-1", "data"), agent.Options.Token)).ShouldBe(HttpStatusCode.Forbidden);
        (await GetAsync("/agent/v1/clusters/volume-b/volumes/uid-db/x/7/data", agent.Options.Token)).ShouldBe(HttpStatusCode.BadRequest);
        (await GetAsync("/agent/v1/clusters/volume-b/volumes/uid-db/1/7/data?skip=-1", agent.Options.Token)).ShouldBe(HttpStatusCode.BadRequest);
    }

    private static PetSet WithPet(Func<PetStatus, PetStatus> change) => Moving with { Status = Moving.Status with { Pets = [Moving.Status.Pets[0], change(Moving.Status.Pets[1])] } };

    private async Task<HttpStatusCode> GetAsync(string path, string? token) => (await gateway.SendAsync(HttpMethod.Get, path, token: token)).Code;
}
