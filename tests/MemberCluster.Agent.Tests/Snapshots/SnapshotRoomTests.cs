using Federation.Api.Agents;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Snapshots;

public sealed class SnapshotRoomTests : IAsyncLifetime
{
    private readonly PetMachine _machine = new(new FakeEngineOptions { DiskFreeBytes = 1 << 20 });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _machine.DisposeAsync();

    [Fact]
    public async Task Take_NoRoomForACopy_FailsBeforeThePetHoldsStill()
    {
        _machine.ControlPlane.Apply(SnapshotWorks.Pet(PetMachine.Pet(0)));
        _machine.Start();
        await _machine.UntilReadyAsync(0);
        _machine.Engine.Faults.Fail(FakeOperation.PauseContainer, RuntimeFailure.InvalidRequest);
        _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Take = [SnapshotWorks.Take()] }));

        await _machine.UntilAsync(
            () => _machine.ControlPlane.StatusOf(SnapshotWorks.Uid) is { Snapshots: [{ Phase: WorkSnapshotPhase.Failed, Reason: WorkSnapshotReasons.NoSpace }] }, "it fails");
        (await _machine.Engine.Connect().Volumes.ListAsync([], CancellationToken.None)).ShouldHaveSingleItem().Name.ShouldBe(SnapshotWorks.Volume);
    }
}
