using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Snapshots;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Tests.Volumes;

namespace MemberCluster.Agent.Tests.Snapshots;

/// <summary>What is taken of a pet's volumes where the pet is, and what the pet does meanwhile.</summary>
public sealed class SnapshotTakingTests : IAsyncLifetime
{
    private readonly PetMachine _machine = new();

    public async Task InitializeAsync()
    {
        _machine.ControlPlane.Apply(SnapshotWorks.Pet(PetMachine.Pet(0)));
        _machine.Start();
        await _machine.UntilReadyAsync(0);
        await TestVolume.FillAsync(_machine.Engine.Connect(), SnapshotWorks.Volume, SnapshotWorks.Tar);
    }

    public async Task DisposeAsync() => await _machine.DisposeAsync();

    [Fact]
    public async Task Take_Pause_PetHoldsStillWhileItIsCopiedAndGoesOn()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromSeconds(5), times: 1);
        Ask(SnapshotWorks.Take());

        await UntilFrozenAsync();
        await _machine.PassAsync(TimeSpan.FromSeconds(2));
        _machine.Pet(0)!.Phase.ShouldBe(WorkPetPhase.Ready, "its names stay");
        Item!.Phase.ShouldNotBe(WorkSnapshotPhase.Done);
        await UntilTakenAsync();
        var item = Item!;
        (item.Node.Length, item.Bytes, item.Reason).ShouldBe((0, SnapshotWorks.Bytes, null));
        item.Claims.ShouldBe([new WorkSnapshotClaim { Name = "data", Bytes = SnapshotWorks.Bytes, Digest = await SnapshotWorks.DigestAsync() }]);
        item.TakenAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(_machine.Time.GetUtcNow());
        (await VolumesAsync()).ShouldBe([SnapshotWorks.Volume, SnapshotWorks.Taken], "no mark is left");
        (await TestVolume.ReadAsync(_machine.Engine.Connect(), SnapshotWorks.Taken))["federation-volume/e"].ShouldBe("last");
        await _machine.UntilReadyAsync(0);
        Paused.ShouldBeFalse();
        _machine.Engine.StartCount.ShouldBe(1, "it is the same container");
    }

    [Fact]
    public async Task Take_Live_PetRunsOn()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromSeconds(5), times: 1);
        Ask(SnapshotWorks.Take(PetSnapshotConsistency.Live));
        await _machine.UntilAsync(() =>
        {
            Paused.ShouldBeFalse();
            return Item?.Phase == WorkSnapshotPhase.Done;
        }, "it is taken");
        _machine.Pet(0)!.Phase.ShouldBe(WorkPetPhase.Ready);
    }

    [Fact]
    public async Task Take_NotDoneInTime_FailsAndThePetGoesOn()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromDays(1), times: 1);
        Ask(SnapshotWorks.Take());

        await UntilFrozenAsync();
        await _machine.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Failed, Reason: WorkSnapshotReasons.PauseTooLong }, "it is given up");
        await _machine.UntilReadyAsync(0);
        Paused.ShouldBeFalse();
        (await VolumesAsync()).ShouldBe([SnapshotWorks.Volume]);
    }

    [Fact]
    public async Task Take_DiskFullInTheMiddle_FailsAndLeavesNothing()
    {
        _machine.Engine.Faults.Fail(FakeOperation.WriteVolume, RuntimeFailure.DiskFull);
        Ask(SnapshotWorks.Take());

        await _machine.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Failed, Reason: WorkSnapshotReasons.NoSpace }, "it fails");
        await _machine.UntilReadyAsync(0);
        (await VolumesAsync()).ShouldBe([SnapshotWorks.Volume]);
    }

    [Fact]
    public async Task Take_PetOfAnotherEpoch_Fails()
    {
        Ask(SnapshotWorks.Take(epoch: 2));

        await _machine.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Failed, Reason: WorkSnapshotReasons.PetLeft }, "it fails");
        (await VolumesAsync()).ShouldBe([SnapshotWorks.Volume]);
    }

    [Fact]
    public async Task Take_PetEndsWhileItHoldsStill_IsTakenAgain()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromSeconds(5), times: 1);
        Ask(SnapshotWorks.Take());
        await UntilFrozenAsync();
        _machine.Engine.Crash(_machine.Of(0).Id);

        await _machine.UntilAsync(() => Item?.Reason == Reasons.PetDisturbed, "what was copied is worth nothing");
        await _machine.UntilReadyAsync(0);
        await UntilTakenAsync();
        _machine.Engine.StartCount.ShouldBe(2);
    }

    [Fact]
    public async Task Take_AgentKilledWhileThePetIsFrozen_TheNextOneThawsItAndTakesItAgain()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromDays(1), times: 1);
        Ask(SnapshotWorks.Take());
        await UntilFrozenAsync();
        await KillFrozenAsync();

        _machine.Start();
        await _machine.UntilAsync(() => !Paused, "it goes on");
        await UntilTakenAsync();
        await _machine.UntilReadyAsync(0);
        (await VolumesAsync()).ShouldBe([SnapshotWorks.Volume, SnapshotWorks.Taken]);
    }

    [Fact]
    public async Task Take_AgentKilledWhileThePetIsFrozenAndItsDiskIsLost_TheNextOneThawsIt()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromDays(1), times: 1);
        Ask(SnapshotWorks.Take());
        await UntilFrozenAsync();
        await KillFrozenAsync();
        _machine.LoseData();
        _machine.ControlPlane.IsCut = true;

        _machine.Start();
        await _machine.UntilAsync(() => !Paused, "it goes on, whoever knows why it was frozen");
        _machine.ControlPlane.IsCut = false;
        await UntilTakenAsync();
    }

    [Fact]
    public async Task Take_AgentKilledAtAnyEngineCall_TheNextOneBeginsAgain()
    {
        Ask(SnapshotWorks.Take());
        // In turn, the first call of each kind never returns: the agent dies there.
        foreach (var operation in (FakeOperation[])[FakeOperation.EnsureVolume, FakeOperation.OpenVolume, FakeOperation.ReadVolume, FakeOperation.WriteVolume])
        {
            await _machine.KillAsync();
            _machine.Engine.Faults.Clear();
            _machine.Engine.Faults.Delay(operation, TimeSpan.FromDays(1), times: 1, when: name => name.Contains("snapshot", StringComparison.Ordinal) || operation is FakeOperation.ReadVolume);
            _machine.Start();
            await _machine.PassAsync(TimeSpan.FromSeconds(4));
            (Item?.Phase == WorkSnapshotPhase.Done).ShouldBeFalse($"it died in {operation}");
        }

        await _machine.KillAsync();
        _machine.Engine.Faults.Clear();
        _machine.Start();
        await UntilTakenAsync();
        await _machine.UntilReadyAsync(0);
        (await VolumesAsync()).ShouldBe([SnapshotWorks.Volume, SnapshotWorks.Taken]);
    }

    [Fact]
    public async Task Take_DoneAndAgentLostItsDisk_IsStillDone()
    {
        Ask(SnapshotWorks.Take());
        await UntilTakenAsync();
        var before = Item!;
        await _machine.KillAsync();
        Directory.Delete(Path.Combine(_machine.Data, "taken"), recursive: true);
        await TestVolume.FillAsync(_machine.Engine.Connect(), SnapshotWorks.Volume, new TestVolume().File("a", "later").ToTar());

        _machine.Start();
        await _machine.PassAsync(TimeSpan.FromSeconds(3));
        await UntilTakenAsync();
        Item!.Claims.ShouldBe(before.Claims, "it is not taken again");
        (before.TakenAt - Item.TakenAt).ShouldNotBeNull().ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Take_PermissionEndsWhileThePetIsFrozen_ItIsEndedInTime()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromDays(1), times: 1);
        Ask(SnapshotWorks.Take());
        await UntilFrozenAsync();
        _machine.Permitted = _machine.Time.GetUtcNow() + TimeSpan.FromSeconds(_machine.ControlPlane.FenceSeconds);
        _machine.ControlPlane.IsCut = true;

        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it ends");
    }

    [Fact]
    public async Task Take_PermissionEndsWhileThePetIsFrozenAndItsAgentIsDead_TheWatchdogEndsIt()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromDays(1), times: 1);
        Ask(SnapshotWorks.Take());
        await UntilFrozenAsync();
        _machine.Permitted = _machine.Time.GetUtcNow() + TimeSpan.FromSeconds(_machine.ControlPlane.FenceSeconds);
        await KillFrozenAsync();

        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it ends");
    }

    [Fact]
    public async Task Discard_Taken_IsNamedUntilItIsGone()
    {
        Ask(SnapshotWorks.Take());
        await UntilTakenAsync();
        _machine.Engine.Faults.Fail(FakeOperation.RemoveVolume, RuntimeFailure.EngineFault);
        _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Discard = [SnapshotWorks.Discard(WorkSnapshotPart.Taken)] }));

        await _machine.UntilAsync(() => Item?.Phase == WorkSnapshotPhase.Discarding, "it is to go");
        await _machine.PassAsync(TimeSpan.FromSeconds(3));
        Item!.Part.ShouldBe(WorkSnapshotPart.Taken);
        _machine.Engine.Faults.Clear();
        await _machine.UntilAsync(() => Status is { Snapshots.Count: 0 }, "it is gone");
        (await VolumesAsync()).ShouldBe([SnapshotWorks.Volume]);
    }

    [Fact]
    public async Task Take_WordIsGone_WhatWasTakenStays()
    {
        Ask(SnapshotWorks.Take());
        await UntilTakenAsync();
        var revision = _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots()));

        await _machine.UntilAsync(() => Status is { Snapshots.Count: 0 } status && status.Revision == revision, "it is not asked for");
        await _machine.PassAsync(TimeSpan.FromSeconds(3));
        (await VolumesAsync()).ShouldContain(SnapshotWorks.Taken);
    }

    [Fact]
    public async Task Tombstone_WhileThePetIsFrozen_ItGoesOnAndEverythingIsGone()
    {
        _machine.Engine.Faults.Delay(FakeOperation.WriteVolume, TimeSpan.FromDays(1), times: 1);
        Ask(SnapshotWorks.Take());
        await UntilFrozenAsync();
        _machine.ControlPlane.Delete(SnapshotWorks.Uid);

        await _machine.UntilAsync(() => Status is { Gone: true }, "it is gone");
        (await VolumesAsync()).ShouldBe([SnapshotWorks.Volume]);
        await _machine.UntilReadyAsync(0);
        Paused.ShouldBeFalse();
    }

    private WorkStatus? Status => _machine.ControlPlane.StatusOf(SnapshotWorks.Uid);

    private WorkSnapshotStatus? Item => Status is { Snapshots: [var item, ..] } ? item : null;

    private bool Paused => _machine.Containers.Any(container => container.State == ContainerState.Paused);

    private void Ask(WorkSnapshotTake take) => _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Take = [take] }));

    private Task UntilFrozenAsync() => _machine.UntilAsync(() => Paused, "it is frozen");

    private Task UntilTakenAsync() => _machine.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Done, Part: WorkSnapshotPart.Taken }, "it is taken");

    /// <summary>What a killed agent cannot do any more.</summary>
    private async Task KillFrozenAsync()
    {
        _machine.Engine.Faults.Fail(FakeOperation.ResumeContainer, RuntimeFailure.EngineUnavailable);
        await _machine.KillAsync();
        _machine.Engine.Faults.Clear();
        Paused.ShouldBeTrue();
    }

    private async Task<ImmutableArray<string>> VolumesAsync() => [.. (await _machine.Engine.Connect().Volumes.ListAsync([], CancellationToken.None)).Select(volume => volume.Name)];
}
