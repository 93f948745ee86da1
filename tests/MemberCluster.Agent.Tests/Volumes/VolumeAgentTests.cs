using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Streams;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Pods.Volumes;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Tests.Volumes;

/// <summary>Volumes of pets that come, go and are read, on a machine with a fake engine.</summary>
public sealed class VolumeAgentTests : IAsyncLifetime
{
    private const string Volume = "federation_us-east-1_default_db_data_0";
    private static readonly byte[] Tar = new TestVolume().File("a", "first").Directory("d").File("d/b", new string('b', 3000)).File("e", "last").ToTar();
    private readonly PetMachine _machine = new();
    private readonly List<VolumeQuery> _asked = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _machine.DisposeAsync();

    [Fact]
    public async Task Copy_Asked_BringsTheVolumeAndThePetRunsOnIt()
    {
        _machine.ControlPlane.Volumes = async query => await SendAsync(query);
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        _machine.Start();

        await UntilCopiedAsync(4);
        var copy = Copy!;
        (copy.Ordinal, copy.Bytes, copy.Node, copy.Reason).ShouldBe((0, 3009, "us-east-1.fake", null));
        copy.Digest.ShouldBe(VolumeDigest.Combine([(await VolumeDigest.OfAsync(new MemoryStream(Tar), CancellationToken.None)).Digest]));
        (await TestVolume.ReadAsync(_machine.Engine.Connect(), Volume))["federation-volume/d/b"].ShouldBe(new string('b', 3000));
        _machine.Containers.ShouldBeEmpty("nobody runs it yet");
        (await VolumesAsync()).ShouldBe([Volume], "no mark is left");

        _machine.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(0, epoch: 5)] }));
        await _machine.UntilReadyAsync(0);
        (await TestVolume.ReadAsync(_machine.Engine.Connect(), Volume))["federation-volume/e"].ShouldBe("last");
    }

    [Fact]
    public async Task Copy_CutAgainAndAgain_GoesOnAndIsWholeInTheEnd()
    {
        var cuts = 0;
        _machine.ControlPlane.Volumes = async query =>
        {
            var sent = await SendAsync(query);
            return ++cuts < 4 ? new MemoryStream(sent.ToArray()[..(int)(sent.Length * cuts / 4)]) : sent;
        };
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        _machine.Start();

        await _machine.UntilAsync(() => Copy?.Reason == Reasons.SourceAway, "it is cut");
        await UntilCopiedAsync(4);
        Copy!.Reason.ShouldBeNull();
        cuts.ShouldBe(4);
    }

    [Fact]
    public async Task Copy_AgentKilledAtAnyEngineCall_TheNextOneGoesOn()
    {
        _machine.ControlPlane.Volumes = async query => await SendAsync(query);
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        // In turn, the first call of each kind never returns: the agent dies there.
        foreach (var operation in (FakeOperation[])[FakeOperation.EnsureVolume, FakeOperation.OpenVolume, FakeOperation.WriteVolume, FakeOperation.ReadVolume, FakeOperation.RemoveVolume])
        {
            _machine.Engine.Faults.Delay(operation, TimeSpan.FromDays(1), times: 1);
            _machine.Start();
            await _machine.UntilAsync(() => _machine.ControlPlane.StatusOf("uid-db") is not null, "the agent is there");
            await _machine.PassAsync(TimeSpan.FromSeconds(2));
            (Copy?.Phase == WorkPetCopyPhase.Done).ShouldBeFalse($"it died in {operation}");
            await _machine.KillAsync();
            _machine.Engine.Faults.Clear();
        }

        _machine.Start();
        await UntilCopiedAsync(4);
        (await VolumesAsync()).ShouldBe([Volume]);
    }

    [Fact]
    public async Task Copy_DoneAndAgentLostItsDisk_IsStillDone()
    {
        _machine.ControlPlane.Volumes = async query => await SendAsync(query);
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        _machine.Start();
        await UntilCopiedAsync(4);
        var digest = Copy!.Digest;
        await _machine.KillAsync();
        Directory.Delete(Path.Combine(_machine.Data, "copies"), recursive: true);
        _asked.Clear();

        _machine.Start();
        await UntilCopiedAsync(4);
        Copy!.Digest.ShouldBe(digest);
        _asked.ShouldBeEmpty("it is here");
    }

    [Fact]
    public async Task Copy_OfALaterEpoch_TakesNothingOfTheEarlierOne()
    {
        _machine.ControlPlane.Volumes = async query => await SendAsync(query);
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        _machine.Start();
        await UntilCopiedAsync(4);
        var next = new TestVolume().File("only", "this").ToTar();
        _machine.ControlPlane.Volumes = async query => new MemoryStream(await TestVolume.SentAsync(next, query.Skip));
        _machine.ControlPlane.Apply(Copying(epoch: 6));

        await UntilCopiedAsync(6);
        (await TestVolume.ReadAsync(_machine.Engine.Connect(), Volume)).Keys.ShouldBe(["federation-volume", "federation-volume/only"]);
    }

    [Fact]
    public async Task Copy_WhatCameIsNotWhatWasSent_IsFetchedAgain()
    {
        var isWrong = true;
        _machine.ControlPlane.Volumes = async query =>
        {
            var sent = (await SendAsync(query)).ToArray();
            if (isWrong)
                sent[Array.LastIndexOf(sent, (byte)'b')] = (byte)'c';
            return new MemoryStream(sent);
        };
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        _machine.Start();

        await _machine.UntilAsync(() => Copy?.Reason == Reasons.ChecksumDiffers, "it is noticed");
        isWrong = false;
        await UntilCopiedAsync(4);
    }

    [Fact]
    public async Task Copy_DiskFull_FailsAndLeavesNothing()
    {
        _machine.ControlPlane.Volumes = async query => await SendAsync(query);
        _machine.Engine.Faults.Fail(FakeOperation.WriteVolume, RuntimeFailure.DiskFull);
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        _machine.Start();

        await _machine.UntilAsync(() => Copy is { Phase: WorkPetCopyPhase.Failed, Reason: Reasons.NoSpace }, "it fails");
        (await VolumesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_VolumeIsNotWhole_ThePetDoesNotStart()
    {
        _machine.ControlPlane.Volumes = _ => throw new ControlPlaneException(ControlPlaneFailure.Unreachable, "away");
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        _machine.Start();
        await _machine.UntilAsync(() => Copy?.Reason == Reasons.SourceAway, "the source is away");
        _machine.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(0, epoch: 5)] }));

        await _machine.UntilAsync(() => _machine.ControlPlane.StatusOf("uid-db") is { Pets: [{ Reason: Reasons.VolumeUnfinished }] }, "it is refused");
        _machine.Containers.ShouldBeEmpty();
    }

    [Fact]
    public async Task Discard_PetRan_StopsAndItsVolumesGoBeforeItIsNamedNoMore()
    {
        await RunAsync();
        _machine.Engine.Faults.Fail(FakeOperation.RemoveVolume, RuntimeFailure.EngineFault);
        _machine.ControlPlane.Apply(With(pets => pets with { Discard = [0] }));

        await _machine.UntilAsync(() => _machine.Containers.IsEmpty, "it stops");
        await _machine.PassAsync(TimeSpan.FromSeconds(5));
        _machine.ControlPlane.StatusOf("uid-db")!.Pets.ShouldHaveSingleItem().Reason.ShouldBe(WorkPetReasons.Discarding);
        (await VolumesAsync()).ShouldBe([Volume]);

        _machine.Engine.Faults.Clear();
        await _machine.UntilAsync(() => _machine.ControlPlane.StatusOf("uid-db") is { Pets.Count: 0 }, "it is confirmed");
        (await VolumesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Discard_CopyIsGivenUp_WhatCameGoes()
    {
        _machine.ControlPlane.Volumes = async query => new MemoryStream((await SendAsync(query)).ToArray()[..^400]);
        _machine.ControlPlane.Apply(Copying(epoch: 4));
        _machine.Start();
        await _machine.UntilAsync(() => Copy?.Reason == Reasons.SourceAway, "half of it is here");
        (await VolumesAsync()).ShouldBe([Volume, VolumeMarks.NameOf(Volume)], ignoreOrder: true);

        _machine.ControlPlane.Apply(With(pets => pets with { Discard = [0] }));
        await _machine.UntilAsync(() => _machine.ControlPlane.StatusOf("uid-db") is { Pets.Count: 0, Copies.Count: 0 }, "it is confirmed");
        (await VolumesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Copy_OfASnapshotWhereAnEarlierPetLeftVolumes_TouchesNothingUntilTheyAreGone()
    {
        var (engine, labels) = (_machine.Engine.Connect(), PodVolumes.LabelsOf("us-east-1", "default", "db", "uid-earlier", 0, new WorkClaim { Name = "data" }));
        // It began from a snapshot itself, with the same epoch.
        await engine.Volumes.EnsureAsync(Volume, labels.Add(AgentLabels.Copy, VolumeMarks.CopyOf(4)), CancellationToken.None);
        _machine.ControlPlane.Volumes = async query => await SendAsync(query);
        _machine.ControlPlane.Apply(Restoring(epoch: 4));
        _machine.Start();

        await _machine.UntilAsync(() => Copy is { Phase: WorkPetCopyPhase.Waiting, Reason: Reasons.VolumesExist }, "it says so");
        _machine.ControlPlane.Apply(With(pets => pets with { Discard = [0], DiscardCopies = [0] }));
        await _machine.UntilAsync(() => _machine.ControlPlane.StatusOf("uid-db") is { Pets.Count: 0, Copies.Count: 0 }, "it is confirmed");
        (await VolumesAsync()).ShouldBe([Volume], "it is somebody's");
        _asked.ShouldBeEmpty();

        await engine.Volumes.RemoveAsync(Volume, CancellationToken.None);
        _machine.ControlPlane.Apply(Restoring(epoch: 4));
        await UntilCopiedAsync(4);
        _machine.ControlPlane.Apply(With(pets => pets with { Discard = [0], DiscardCopies = [0] }));
        await _machine.UntilAsync(() => _machine.ControlPlane.StatusOf("uid-db") is { Pets.Count: 0, Copies.Count: 0 }, "it is confirmed");
        (await VolumesAsync()).ShouldBeEmpty("that one was a copy");
    }

    [Fact]
    public async Task Discard_OtherPets_KeepTheirs()
    {
        await RunAsync(0, 1);
        _machine.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(1)], Discard = [0] }));

        await _machine.UntilAsync(() => _machine.ControlPlane.StatusOf("uid-db") is { Pets: [{ Ordinal: 1 }] }, "it is confirmed");
        (await VolumesAsync()).ShouldBe([Volume[..^1] + "1"]);
    }

    [Fact]
    public async Task Volume_PetIsGone_IsSentWhole()
    {
        await RunAsync();
        await TestVolume.FillAsync(_machine.Engine.Connect(), Volume, Tar);
        _machine.ControlPlane.Apply(With(pets => pets with { Run = [] }));
        await _machine.UntilAsync(() => _machine.Containers.IsEmpty, "it stops");

        (await AskAsync("s-1")).ShouldBe(System.Text.Encoding.UTF8.GetString(await TestVolume.SentAsync(Tar)));
    }

    [Fact]
    public async Task Volume_PetRuns_IsRefused()
    {
        await RunAsync();

        (await AskAsync("s-1")).ShouldStartWith("409 ");
        (await AskAsync("s-2", ordinal: 5)).ShouldStartWith("404 ");
        _machine.Alive.Length.ShouldBe(1);
    }

    [Fact]
    public async Task Volume_PetIsGivenBackWhileItIsRead_ThePetStartsAndTheReaderIsCut()
    {
        await RunAsync();
        await TestVolume.FillAsync(_machine.Engine.Connect(), Volume, new TestVolume().File("large", new byte[8 * 1024 * 1024]).ToTar());
        _machine.ControlPlane.Apply(With(pets => pets with { Run = [] }));
        await _machine.UntilAsync(() => _machine.Containers.IsEmpty, "it stops");
        StreamTunnel? asker = null;
        _machine.ControlPlane.Asker = tunnel =>
        {
            asker = tunnel;
            return Task.CompletedTask;
        };
        _machine.ControlPlane.Ask(Request("s-1"));
        await _machine.UntilAsync(() => asker is not null, "the stream is open");
        await asker!.ReadAsync(CancellationToken.None);

        _machine.ControlPlane.Apply(With(pets => pets with { Run = [PetMachine.Pet(0, epoch: 2)] }));
        await _machine.UntilReadyAsync(0);
        await Should.ThrowAsync<StreamEndedException>(async () =>
        {
            while (await asker.ReadAsync(CancellationToken.None) is not null)
            {
                // What was under way comes; then the break.
            }
        });
    }

    private WorkPetCopyStatus? Copy => _machine.ControlPlane.StatusOf("uid-db") is { Copies: [var copy, ..] } ? copy : null;

    private static StreamRequest Request(string id, int ordinal = 0) => new()
    {
        Id = id,
        Kind = StreamKind.Volume,
        Namespace = "default",
        Pod = $"db-{ordinal}",
        Volume = new VolumeRequest { WorkUid = "uid-db", Ordinal = ordinal, Claim = "data", Node = "us-east-1.fake" },
    };

    private static Work With(Func<WorkPets, WorkPets> change)
    {
        var work = PetMachine.Pets().WithContainer(container => container with { VolumeMounts = [new Federation.Api.Apps.VolumeMount { Name = "data", MountPath = "/data" }] });
        return work with { Pets = change(work.Pets! with { Claims = [new WorkClaim { Name = "data" }] }) };
    }

    private static Work Copying(long epoch) => With(pets => pets with { Copies = [new WorkPetCopy { Ordinal = 0, Epoch = epoch, FromCluster = "eu-west-1", FromNode = "eu-west-1.a" }] });

    private static Work Restoring(long epoch)
    {
        var copy = new WorkPetCopy { Ordinal = 0, Epoch = epoch, FromCluster = "eu-west-1", FromNode = "eu-west-1.a", FromSnapshot = new WorkSnapshotItem("uid-s", "20260102T030000Z-0") };
        return With(pets => pets with { Claims = [new WorkClaim { Name = "data", FromSnapshot = true }], Copies = [copy] });
    }

    private async Task<MemoryStream> SendAsync(VolumeQuery query)
    {
        _asked.Add(query);
        (query.WorkUid, query.Ordinal, query.Epoch, query.Claim).ShouldBe(("uid-db", 0, 4, "data"));
        return new MemoryStream(await TestVolume.SentAsync(Tar, query.Skip));
    }

    private Task UntilCopiedAsync(long epoch) => _machine.UntilAsync(() => Copy is { Phase: WorkPetCopyPhase.Done } copy && copy.Epoch == epoch, "the copy is done");

    private async Task RunAsync(params int[] ordinals)
    {
        int[] all = ordinals is [] ? [0] : ordinals;
        _machine.ControlPlane.Apply(With(pets => pets with { Run = [.. all.Select(ordinal => PetMachine.Pet(ordinal))] }));
        _machine.Start();
        await _machine.UntilReadyAsync(all);
    }

    private async Task<string> AskAsync(string id, int ordinal = 0)
    {
        _machine.ControlPlane.Ask(Request(id, ordinal));
        await _machine.UntilAsync(() => _machine.ControlPlane.Answers.ContainsKey(id), "it is answered");
        return _machine.ControlPlane.Answers[id];
    }

    private async Task<ImmutableArray<string>> VolumesAsync() => [.. (await _machine.Engine.Connect().Volumes.ListAsync([], CancellationToken.None)).Select(volume => volume.Name)];
}
