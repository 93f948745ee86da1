using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Api.Snapshots;

namespace Federation.Grains.Tests.Snapshots;

/// <summary>Copies of pets' volumes from the object to two clusters and back, with the sets that they are of and that begin with them.</summary>
public sealed class PetSnapshotGrainTests : IAsyncLifetime
{
    private static readonly ObjectKey Key = new(PetSnapshot.KindName, "default", "now");

    private GrainHarness _plane = null!;
    private FakeAgent _us = null!;
    private FakeAgent _eu = null!;

    public async Task InitializeAsync()
    {
        _plane = await GrainHarness.StartAsync();
        _us = await _plane.StartClusterAsync("us", "us");
        _eu = await _plane.StartClusterAsync("eu", "eu");
        await CreateSetAsync("db", replicas: 2, from: null);
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Once_ToAnotherCluster_EachPetIsTakenInItsTurnAndStoredThere()
    {
        await GiveDirectoryAsync(_eu);
        var still = new List<int>();
        _us.Snapshots = _eu.Snapshots = part => part with { Phase = WorkSnapshotPhase.Working };
        await CreateAsync(spec => spec with { To = "eu" });
        await UntilAsync(async () => (await ReadAsync()).Status.Items.Any(item => item.Phase == PetSnapshotPhase.Taking), "one is begun");
        await BeatAsync();

        (await ReadAsync()).Status.Items.Count(item => item.Phase == PetSnapshotPhase.Taking).ShouldBe(1, "the other one must be available meanwhile");
        (await ReadSetAsync("db")).Status.Pets.Count(pet => pet.Hold is { Snapshot: "now" }).ShouldBe(1);

        _us.Snapshots = _eu.Snapshots = part => part with { Phase = WorkSnapshotPhase.Done };
        await UntilAsync(
            async () =>
            {
                still.Add((await ReadSetAsync("db")).Status.Pets.Count(pet => pet.Hold is not null));
                return (await ReadAsync()).Status is { Discards.Count: 0 } status && status.Conditions.IsTrue(PetSnapshotConditions.Complete);
            },
            "both are stored, and what was taken is deleted");

        still.Max().ShouldBe(1);
        var snapshot = await ReadAsync();
        snapshot.Status.Items.ShouldAllBe(item => item.Phase == PetSnapshotPhase.Complete && item.Cluster == "eu" && item.Node == "eu-1" && item.Epoch == 1 && item.Bytes == 1 << 30);
        snapshot.Status.Items.Select(item => item.TakenIn).Order().ShouldBe(["eu", "us"]);
        snapshot.Status.Clusters.Select(share => share.Cluster).ShouldContain("eu");
        foreach (var item in snapshot.Status.Items)
            (item.TakenIn == "us" ? _us : _eu).DeletedParts.ShouldContain($"Taken {item.Id}");
        await UntilAsync(async () => (await ReadSetAsync("db")).Status.Pets.All(pet => pet.Hold is null), "nobody holds still");
        await PassAsync(async () => (await _plane.ReadEventsAsync()).Any(@event => @event is { Reason: "SnapshotStored", InvolvedObject.Name: "now" }), "people hear of it");
    }

    [Fact]
    public async Task Once_NoDirectoryThere_SaysSoAndGoesOnWhenThereIsOne()
    {
        await CreateAsync(spec => spec with { To = "eu", Ordinals = [0], Consistency = PetSnapshotConsistency.Live, PauseSeconds = null });
        await UntilAsync(async () => (await ReadAsync()).Status.Items is [{ Reason: WorkSnapshotReasons.NoDirectory }], "it says so");

        _eu.SnapshotNodes = 1;
        await PassAsync(async () => (await ReadAsync()).Status.Items is [{ Phase: PetSnapshotPhase.Complete }], "it is stored");

        (await ReadSetAsync("db")).Status.Pets.ShouldAllBe(pet => pet.Hold == null);
    }

    [Fact]
    public async Task Deleted_WhatIsStoredIsDeleted_AlsoInAClusterThatIsAwayMeanwhile()
    {
        await GiveDirectoryAsync(_us, _eu);
        await CreateAsync(spec => spec);
        await UntilAsync(async () => (await ReadAsync()).Status is { Complete: 2, Discards.Count: 0 }, "each is stored where it is");
        var uid = (await ReadAsync()).Metadata.Uid!;
        // Only one of them can be heard from now on.
        for (var beat = 0; beat < 40 && await _plane.IsReadyAsync("eu"); beat++)
            await _plane.PassAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), _us);

        (await _plane.DeleteAsync(Key)).Failure.ShouldBeNull();
        await _plane.UntilAsync(async () => await _plane.ReadAsync<PetSnapshot>(Key) is null, "it is gone", _us);

        _us.Works.Values.ShouldNotContain(work => work.Uid == uid && !work.Gone);
        (await _plane.ReadClusterAsync("eu"))!.Status.Tombstones.ShouldContain(tombstone => tombstone.Uid == uid);
        await _plane.UntilAsync(async () => (await _plane.ReadClusterAsync("eu"))!.Status.Tombstones.Count == 0, "the other one does it when it is back", _us, _eu);
        (await ReadSetAsync("db")).Status.Pets.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Crash_BetweenAnyTwoSteps_GoesOn()
    {
        await GiveDirectoryAsync(_us, _eu);
        _us.Snapshots = _eu.Snapshots = part => part with { Phase = part.Part == WorkSnapshotPart.Taken ? WorkSnapshotPhase.Done : WorkSnapshotPhase.Working };
        await CreateAsync(spec => spec with { Ordinals = [0] });
        await UntilAsync(async () => (await ReadAsync()).Status.Items is [{ Phase: PetSnapshotPhase.Storing }], "it was taken");
        var taken = (await ReadAsync()).Status.Items[0];

        await _plane.CrashAsync();
        _us.Snapshots = _eu.Snapshots = part => part with { Phase = WorkSnapshotPhase.Done };
        await PassAsync(async () => (await ReadAsync()).Status is { Items: [{ Phase: PetSnapshotPhase.Complete }], Discards.Count: 0 }, "it is stored");

        var stored = (await ReadAsync()).Status.Items[0];
        (stored.Id, stored.TakenAt, stored.Epoch).ShouldBe((taken.Id, taken.TakenAt, taken.Epoch));
    }

    [Fact]
    public async Task NewSet_FromASnapshot_EachPetBeginsOnceItsVolumesAreThere()
    {
        await GiveDirectoryAsync(_us, _eu);
        await CreateAsync(spec => spec with { Ordinals = [0] });
        await UntilAsync(async () => (await ReadAsync()).Status.Complete == 1, "pet 0 is stored");
        var copies = new List<string>();
        _us.Copies = _eu.Copies = copy => copy with { Phase = WorkPetCopyPhase.Copying, Bytes = 5 };

        await CreateSetAsync("again", replicas: 2, new VolumeSource { Snapshot = "now" }, isAwaited: false);
        await UntilAsync(async () => (await ReadSetAsync("again")).Status.Pets is [{ Phase: PetPhase.Moving, Restore.Bytes: 5 }, ..], "its volumes come");
        var item = (await ReadAsync()).Status.Items[0];
        var pet = (await ReadSetAsync("again")).Status.Pets[0];
        pet.ShouldSatisfyAllConditions(
            state => state.Cluster.ShouldBeNull("it runs nowhere"),
            state => (state.Restore!.Id, state.Restore.Cluster, state.Restore.StoredOn).ShouldBe((item.Id, item.Cluster, item.Node)));

        _us.Copies = _eu.Copies = copy => copy with { Phase = WorkPetCopyPhase.Done, Bytes = 1 << 30 };
        await UntilAsync(async () => (await ReadSetAsync("again")).Status.Pets[0] is { Phase: PetPhase.Ready, Epoch: 1, Restore: null }, "it runs");
        (await ReadSetAsync("again")).Status.Pets[0].Cluster.ShouldBe(pet.Restore!.To);
        await UntilAsync(async () => (await ReadSetAsync("again")).Status.Pets[1] is { Phase: PetPhase.Pending, Reason: "WaitsForCopy" }, "of pet 1 there is none");

        await _plane.PatchAsync(new ObjectKey(PetSet.KindName, "default", "again"), """{"spec":{"volumeClaims":[{"name":"data","size":"1Gi","from":{"snapshot":"now","missing":"Empty"}}]}}""");
        await UntilAsync(async () => (await ReadSetAsync("again")).Status.Pets[1] is { Phase: PetPhase.Ready, Epoch: 1 }, "it begins empty");
    }

    /// <summary>Who has looked before that is known looks again only after some time.</summary>
    private async Task GiveDirectoryAsync(params FakeAgent[] agents)
    {
        foreach (var agent in agents)
        {
            agent.SnapshotNodes = 1;
            await UntilAsync(async () => (await _plane.ReadClusterAsync(agent.Cluster))!.Status.SnapshotNodes == 1, "the cluster says so");
        }

        await _plane.SettleAsync();
    }

    private async Task CreateSetAsync(string name, int replicas, VolumeSource? from, bool isAwaited = true)
    {
        await _plane.CreateAsync(new PetSet
        {
            Metadata = new ObjectMeta { Name = name, Namespace = "default" },
            Spec = new PetSetSpec
            {
                Replicas = replicas,
                Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "db", Image = "db:1", VolumeMounts = [new VolumeMount { Name = "data", MountPath = "/data" }] }] } },
                VolumeClaims = [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi"), From = from }],
            },
        });
        if (isAwaited)
            await UntilAsync(async () => (await ReadSetAsync(name)).Status is { Pets.Count: > 0 } status && status.Pets.Count == replicas && status.Pets.All(pet => pet.Phase == PetPhase.Ready), "all run");
    }

    private Task<PetSnapshot> CreateAsync(Func<PetSnapshotSpec, PetSnapshotSpec> change) => _plane.CreateAsync(new PetSnapshot
    {
        Metadata = new ObjectMeta { Name = Key.Name, Namespace = Key.Namespace },
        Spec = change(new PetSnapshotSpec { PetSet = "db" }),
    });

    private Task UntilAsync(Func<Task<bool>> condition, string what) => _plane.UntilAsync(condition, what, _us, _eu);

    private Task BeatAsync() => _plane.PassAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), _us, _eu);

    /// <summary>For what somebody looks at only now and then.</summary>
    private async Task PassAsync(Func<Task<bool>> condition, string what)
    {
        for (var beats = 0; !await condition(); beats++)
        {
            beats.ShouldBeLessThan(120, what);
            await BeatAsync();
        }
    }

    private async Task<PetSnapshot> ReadAsync() => (await _plane.ReadAsync<PetSnapshot>(Key))!;

    private async Task<PetSet> ReadSetAsync(string name) => (await _plane.ReadAsync<PetSet>(new ObjectKey(PetSet.KindName, "default", name)))!;
}
