using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Tests.Snapshots;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Tests.Volumes;

namespace MemberCluster.Agent.Tests.ClusterRole;

/// <summary>A PetSnapshot in a region of several machines, of which two have a directory.</summary>
public sealed class SnapshotRegionTests : IAsyncLifetime
{
    private readonly RegionFixture _region = new();

    public async Task InitializeAsync()
    {
        _region.ControlPlane.FenceSeconds = 10;
        _region.ControlPlane.Taken = async query => new MemoryStream(await TestVolume.SentAsync(SnapshotWorks.Tar, query.Skip));
        _region.StartCluster();
        foreach (var name in (string[])["n1", "n2", "n3"])
        {
            var node = _region.AddNode(name);
            node.Snapshots = name == "n1" ? null : _region.NewDirectory($"snapshots-{name}");
            node.Start();
        }

        await _region.UntilAsync(() => _region.ControlPlane.Inventory is { SnapshotNodes: 2 }, "it is known which machines store snapshots");
    }

    public Task DisposeAsync() => _region.DisposeAsync().AsTask();

    [Fact]
    public async Task Hold_NoMachineIsNamed_OneStoresItAndKeepsItAfterEveryoneWasKilled()
    {
        _region.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Hold = [await SnapshotWorks.HoldAsync(node: "")] }));
        await UntilStoredAsync();
        var node = Item!.Node;
        node.ShouldBeOneOf("us-east-1.n2", "us-east-1.n3");
        Machines().ShouldBe([node]);

        await _region.KillClusterAsync();
        _region.LoseClusterData();
        _region.ControlPlane.Taken = _ => throw new ControlPlaneException(ControlPlaneFailure.Refused, "it was stored");
        _region.StartCluster();
        _region.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Hold = [await SnapshotWorks.HoldAsync(fromCluster: "", node: "")] }));
        await _region.PassAsync(TimeSpan.FromSeconds(8));
        await UntilStoredAsync();
        Item!.Node.ShouldBe(node);
        Machines().ShouldBe([node]);
    }

    [Fact]
    public async Task Hold_MachineWithoutADirectory_IsNeverChosenAndMayNotFetch()
    {
        _region.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Hold = [await SnapshotWorks.HoldAsync(node: "")] }));
        await UntilStoredAsync();
        var hub = _region.Cluster!.Hub;

        foreach (var node in _region.Nodes.Select(node => $"us-east-1.{node.Name}"))
        {
            var asking = hub.OpenSnapshotAsync(node, new SnapshotQuery(SnapshotWorks.Uid, SnapshotWorks.Id, "data", 0), CancellationToken.None);
            await _region.UntilAsync(() => asking.IsCompleted, "it is answered");
            if (node == Item!.Node)
                (await asking).ShouldNotBeNull();
            else
                (await Should.ThrowAsync<ControlPlaneException>(() => asking)).Failure.ShouldBe(ControlPlaneFailure.Refused);
        }
    }

    [Fact]
    public async Task Discard_MachineIsAway_IsNamedUntilItHasSaidThatItIsGone()
    {
        _region.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Hold = [await SnapshotWorks.HoldAsync(node: "")] }));
        await UntilStoredAsync();
        var node = Item!.Node;
        await _region[node["us-east-1.".Length..]].KillAsync();
        _region.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Discard = [SnapshotWorks.Discard(WorkSnapshotPart.Stored, node: "")] }));

        await _region.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Discarding, Reason: WorkSnapshotReasons.NodeAway }, "it is waited for");
        await _region.PassAsync(TimeSpan.FromSeconds(15));
        Item!.Node.ShouldBe(node);
        Machines().ShouldBe([node]);

        _region[node["us-east-1.".Length..]].Start();
        await _region.UntilAsync(() => Status is { Snapshots.Count: 0 }, "it is gone");
        Machines().ShouldBeEmpty();
    }

    [Fact]
    public async Task Tombstone_Stored_IsGoneOnceNoMachineHasAnything()
    {
        _region.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Hold = [await SnapshotWorks.HoldAsync(node: "")] }));
        await UntilStoredAsync();
        _region.ControlPlane.Delete(SnapshotWorks.Uid);

        await _region.UntilAsync(() => Status is { Gone: true }, "it is gone");
        Machines().ShouldBeEmpty();
    }

    [Fact]
    public async Task Take_OfAPet_ItsMachineTakesIt()
    {
        _region.ControlPlane.Apply(SnapshotWorks.Pet(PetMachine.Pet(0)));
        await _region.UntilAsync(() => _region.ControlPlane.StatusOf("uid-db") is { Pets: [{ Phase: WorkPetPhase.Ready }] }, "it runs");
        var node = _region.ControlPlane.StatusOf("uid-db")!.Pets[0].Node;
        _region.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Take = [SnapshotWorks.Take(node: node)] }));

        await _region.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Done, Part: WorkSnapshotPart.Taken } item && item.Node == node, "it is taken");
        foreach (var machine in _region.Nodes)
        {
            var volumes = await machine.Engine.Connect().Volumes.ListAsync([], CancellationToken.None);
            volumes.Any(volume => volume.Name == SnapshotWorks.Taken).ShouldBe($"us-east-1.{machine.Name}" == node);
        }
    }

    private WorkStatus? Status => _region.ControlPlane.StatusOf(SnapshotWorks.Uid);

    private WorkSnapshotStatus? Item => Status is { Snapshots: [var item, ..] } ? item : null;

    private Task UntilStoredAsync() => _region.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Done, Part: WorkSnapshotPart.Stored }, "it is stored");

    /// <summary>Those that have something in their directory.</summary>
    private IEnumerable<string> Machines() =>
        _region.Nodes.Where(node => node.Snapshots is { } path && Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Any()).Select(node => $"us-east-1.{node.Name}");
}
