using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Tests.Volumes;

namespace MemberCluster.Agent.Tests.ClusterRole;

/// <summary>Volumes of pets in a region of several machines: one machine gets a copy and the pet after it; and what is to go is gone from all of them before that is said.</summary>
public sealed class VolumeRegionTests : IAsyncLifetime
{
    private const string Uid = "uid-db";
    private static readonly byte[] Tar = new TestVolume().File("a", "first").ToTar();
    private readonly RegionFixture _region = RegionFixture.Start(nodes: 3);

    public Task InitializeAsync()
    {
        _region.ControlPlane.FenceSeconds = 10;
        _region.ControlPlane.Volumes = async query => new MemoryStream(await TestVolume.SentAsync(Tar, query.Skip));
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _region.DisposeAsync().AsTask();

    [Fact]
    public async Task Copy_Asked_OneMachineHasItAndKeepsThePet()
    {
        _region.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(1), PetMachine.Pet(2)], Copies = [Copy(4)] }));
        await UntilCopiedAsync();
        var copy = Status!.Copies.ShouldHaveSingleItem();
        var node = copy.Node["us-east-1.".Length..];
        (await VolumesOfAsync(0)).ShouldBe([node]);
        _region[node].RunningIds.ShouldBeEmpty("the others are on other machines");

        await _region.KillClusterAsync();
        _region.StartCluster();
        await _region.PassAsync(TimeSpan.FromSeconds(3));
        await UntilCopiedAsync();
        Status!.Copies.ShouldBe([copy]);
        _region.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(0, epoch: 5) with { Node = copy.Node }, PetMachine.Pet(1), PetMachine.Pet(2)] }));
        await _region.UntilAsync(() => Status is { Copies: [] } status && status.Pets.Count(pet => pet.Phase == WorkPetPhase.Ready) == 3, "all run");
        Status!.Pets.First(pet => pet.Ordinal == 0).Node.ShouldBe(copy.Node);
        (await VolumesOfAsync(0)).ShouldBe([node]);
    }

    [Fact]
    public async Task Copy_ItsMachineIsAway_WaitsForItAndGoesOn()
    {
        var isAway = true;
        _region.ControlPlane.Volumes = async query => isAway ? throw new ControlPlaneException(ControlPlaneFailure.Unreachable, "away") : new MemoryStream(await TestVolume.SentAsync(Tar, query.Skip));
        _region.ControlPlane.Apply(With(pets => pets with { Copies = [Copy(4)] }));
        await _region.UntilAsync(() => Status is { Copies: [{ Reason: "SourceAway" }] }, "it cannot come");
        var node = Status!.Copies[0].Node["us-east-1.".Length..];
        _region[node].Link.IsCut = true;

        await _region.UntilAsync(() => Status is { Copies: [{ Reason: WorkPetReasons.NodeAway }] }, "its machine is away");
        isAway = false;
        await _region.PassAsync(TimeSpan.FromSeconds(20));
        Status!.Copies[0].Phase.ShouldBe(WorkPetCopyPhase.Waiting);
        (await VolumesOfAsync(0)).ShouldBe([node], "no other machine has any of it");

        _region[node].Link.IsCut = false;
        await UntilCopiedAsync();
    }

    [Fact]
    public async Task Volume_MachineThatWasNotChosen_IsRefused()
    {
        _region.ControlPlane.Apply(With(pets => pets with { Copies = [Copy(4)] }));
        await UntilCopiedAsync();
        var chosen = Status!.Copies[0].Node;
        var hub = _region.Cluster!.Hub;

        foreach (var node in _region.Nodes.Select(node => "us-east-1." + node.Name))
        {
            var asking = Eventually(hub.OpenVolumeAsync(node, new VolumeQuery(Uid, 0, 4, "data", 0), CancellationToken.None));
            if (node == chosen)
                (await asking).ShouldNotBeNull();
            else
                (await Should.ThrowAsync<ControlPlaneException>(() => asking)).Failure.ShouldBe(ControlPlaneFailure.Refused);
        }

        await Should.ThrowAsync<ControlPlaneException>(() => Eventually(hub.OpenVolumeAsync(chosen, new VolumeQuery(Uid, 0, 3, "data", 0), CancellationToken.None)));
    }

    [Fact]
    public async Task Discard_AMachineIsAway_IsConfirmedOnlyWhenItHasSaidSo()
    {
        _region.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(0), PetMachine.Pet(1)] }));
        await _region.UntilAsync(() => Status is { } status && status.Pets.Count(pet => pet.Phase == WorkPetPhase.Ready) == 2, "both run");
        var node = Status!.Pets[0].Node["us-east-1.".Length..];
        await _region[node].KillAsync();
        var revision = _region.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(1)], Discard = [0] }));

        await _region.UntilAsync(() => Status?.Revision >= revision || Status?.Pets.FirstOrDefault(pet => pet.Ordinal == 0)?.Reason == WorkPetReasons.NodeAway, "the others have said what they have");
        await _region.PassAsync(TimeSpan.FromSeconds(30));
        Status!.Pets.ShouldContain(pet => pet.Ordinal == 0);
        (await VolumesOfAsync(0)).ShouldBe([node]);

        _region[node].Start();
        await _region.UntilAsync(() => Status is { Pets: [{ Ordinal: 1 }] } status && status.Revision >= revision, "it is confirmed");
        (await VolumesOfAsync(0)).ShouldBeEmpty();
        (await VolumesOfAsync(1)).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Discard_ClusterAgentLostItsDisk_VolumesOfAnyMachineGo()
    {
        _region.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(0), PetMachine.Pet(1)] }));
        await _region.UntilAsync(() => Status is { } status && status.Pets.Count(pet => pet.Phase == WorkPetPhase.Ready) == 2, "both run");
        _region.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(1)] }));
        await _region.UntilAsync(() => Status is { Pets: [{ Ordinal: 1 }] }, "one stops, and its volume stays");
        await _region.KillClusterAsync();
        _region.LoseClusterData();
        _region.StartCluster();

        var revision = _region.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(1)], Discard = [0] }));
        await _region.UntilAsync(() => Status is { Pets: [{ Ordinal: 1 }] } status && status.Revision >= revision, "it is confirmed");
        (await VolumesOfAsync(0)).ShouldBeEmpty();
    }

    private WorkStatus? Status => _region.ControlPlane.StatusOf(Uid);

    private static WorkPetCopy Copy(long epoch) => new() { Ordinal = 0, Epoch = epoch, FromCluster = "eu-west-1", FromNode = "eu-west-1.a" };

    private static Work With(Func<WorkPets, WorkPets> change)
    {
        var work = PetMachine.Pets().WithContainer(container => container with { VolumeMounts = [new Federation.Api.Apps.VolumeMount { Name = "data", MountPath = "/data" }] });
        return work with { Pets = change(work.Pets! with { Claims = [new WorkClaim { Name = "data" }] }) };
    }

    private Task UntilCopiedAsync() => _region.UntilAsync(() => Status is { Copies: [{ Phase: WorkPetCopyPhase.Done }] }, "the copy is done");

    /// <summary>The clock has to run for the cluster agent's loop.</summary>
    private async Task<T> Eventually<T>(Task<T> task)
    {
        await _region.UntilAsync(() => task.IsCompleted, "it is answered");
        return await task;
    }

    /// <summary>The machines that have a volume of the pet, or a mark of one.</summary>
    private async Task<ImmutableArray<string>> VolumesOfAsync(int ordinal)
    {
        var machines = ImmutableArray.CreateBuilder<string>();
        foreach (var node in _region.Nodes)
        {
            if ((await node.Engine.Connect().Volumes.ListAsync([$"{Federation.Api.PodLabels.Ordinal}={ordinal}"], CancellationToken.None)).Length > 0)
                machines.Add(node.Name);
        }

        return machines.ToImmutable();
    }
}
