using Federation.Api.Agents;
using Federation.Api.Json;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Snapshots;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Tests.Volumes;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Tests.Snapshots;

/// <summary>Items that come to a machine's directory for snapshots, are read from it, and go.</summary>
public sealed class SnapshotStoringTests : IAsyncLifetime
{
    private readonly PetMachine _machine = new();
    private readonly List<SnapshotQuery> _asked = [];

    public Task InitializeAsync()
    {
        _machine.Snapshots = _machine.NewDirectory("snapshots");
        _machine.ControlPlane.Taken = async query => await SendAsync(query);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _machine.DisposeAsync();

    [Fact]
    public async Task Hold_Asked_StoresATarAndAManifestThatOtherProgramsCanRead()
    {
        await AskAsync();
        _machine.Start();
        await UntilStoredAsync();

        (Item!.Part, Item.Bytes, Item.TakenAt).ShouldBe((WorkSnapshotPart.Stored, SnapshotWorks.Bytes, SnapshotWorks.TakenAt));
        Item.Claims.ShouldBe([new WorkSnapshotClaim { Name = "data", Bytes = SnapshotWorks.Bytes, Digest = await SnapshotWorks.DigestAsync() }]);
        Files.ShouldBe(["data.json", "data.tar"]);
        var manifest = ApiJson.FromUtf8<SnapshotManifest>(await File.ReadAllBytesAsync(Path.Combine(Whole, "data.json")));
        (manifest.Namespace, manifest.Snapshot, manifest.Uid, manifest.Id, manifest.Pet, manifest.Epoch).ShouldBe(("default", "nightly", SnapshotWorks.Uid, SnapshotWorks.Id, "db-0", 4));
        (manifest.Cluster, manifest.Claim, manifest.TakenAt, manifest.TarBytes).ShouldBe(("eu-west-1", "data", SnapshotWorks.TakenAt, new FileInfo(Path.Combine(Whole, "data.tar")).Length));
        await using var tar = new System.Formats.Tar.TarReader(File.OpenRead(Path.Combine(Whole, "data.tar")));
        List<string> names = [];
        while (await tar.GetNextEntryAsync() is { } entry)
            names.Add(entry.Name.TrimEnd('/'));
        names.ShouldBe(["federation-volume", "federation-volume/a", "federation-volume/d", "federation-volume/d/b", "federation-volume/e"]);
        _machine.ControlPlane.Inventory!.SnapshotNodes.ShouldBe(1);
        _machine.ControlPlane.Nodes[0].Metadata.Annotations[Federation.Api.Nodes.NodeAnnotations.Snapshots].ShouldBe(_machine.Snapshots);
    }

    [Fact]
    public async Task Hold_CutAndKilledAgainAndAgain_GoesOnBehindWhatIsThere()
    {
        var whole = await TestVolume.SentAsync(SnapshotWorks.Tar);
        var cuts = 0;
        _machine.ControlPlane.Taken = async query =>
        {
            var sent = await SendAsync(query);
            return ++cuts <= 4 ? new MemoryStream(sent.ToArray()[..(int)Math.Min(sent.Length - 1, whole.Length * cuts / 5)]) : sent;
        };
        await AskAsync();
        for (var life = 1; life <= 3; life++)
        {
            _machine.Start();
            var before = cuts;
            await _machine.UntilAsync(() => Item?.Reason == WorkSnapshotReasons.SourceAway && cuts > before, "it is cut");
            Directory.Exists(Whole).ShouldBeFalse();
            await _machine.KillAsync();
        }

        _machine.Start();
        await UntilStoredAsync();
        _asked.Select(query => query.Skip).ShouldBeInOrder();
        _asked[^1].Skip.ShouldBeGreaterThan(0);
        (await VolumeDigest.OfAsync(new MemoryStream(await File.ReadAllBytesAsync(Path.Combine(Whole, "data.tar"))), CancellationToken.None)).Digest.ShouldBe(await SnapshotWorks.DigestAsync());
    }

    [Fact]
    public async Task Hold_WhatCameIsNotWhatWasTaken_IsFetchedAgain()
    {
        var isWrong = true;
        _machine.ControlPlane.Taken = async query =>
        {
            var sent = (await SendAsync(query)).ToArray();
            if (isWrong)
                sent[Array.LastIndexOf(sent, (byte)'b')] = (byte)'c';
            return new MemoryStream(sent);
        };
        await AskAsync();
        _machine.Start();

        await _machine.UntilAsync(() => Item?.Reason == WorkSnapshotReasons.ChecksumDiffers, "it is noticed");
        Directory.Exists(Whole).ShouldBeFalse();
        isWrong = false;
        await UntilStoredAsync();
    }

    [Fact]
    public async Task Hold_SourceSendsAnotherVolumeInGoodOrder_IsNotStored()
    {
        _machine.ControlPlane.Taken = async _ => new MemoryStream(await TestVolume.SentAsync(new TestVolume().File("other", "volume").ToTar()));
        await AskAsync();
        _machine.Start();

        await _machine.UntilAsync(() => Item?.Reason == WorkSnapshotReasons.ChecksumDiffers, "it is noticed");
        Directory.Exists(Whole).ShouldBeFalse();
    }

    [Fact]
    public async Task Hold_NoDirectory_IsSaid()
    {
        _machine.Snapshots = null;
        await AskAsync();
        _machine.Start();

        await _machine.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Waiting, Reason: WorkSnapshotReasons.NoDirectory }, "it is said");
        await _machine.UntilAsync(() => _machine.ControlPlane.Inventory is { SnapshotNodes: 0 }, "and that there is none");
        _asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Hold_StoredBefore_IsReportedFromWhatIsOnTheDisk()
    {
        await AskAsync();
        _machine.Start();
        await UntilStoredAsync();
        await _machine.KillAsync();
        _machine.LoseData();
        _asked.Clear();
        _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Hold = [await SnapshotWorks.HoldAsync(fromCluster: "")] }));

        _machine.Start();
        await _machine.PassAsync(TimeSpan.FromSeconds(2));
        await UntilStoredAsync();
        _asked.ShouldBeEmpty();

        await _machine.KillAsync();
        File.Delete(Path.Combine(Whole, "data.tar"));
        _machine.Start();
        await _machine.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Failed, Reason: WorkSnapshotReasons.Missing }, "and so is what is not there");
    }

    [Fact]
    public async Task Hold_TakenOnTheSameMachine_AsksNobody()
    {
        await RunPetAsync();
        _machine.ControlPlane.Taken = _ => throw new InvalidOperationException("it is here");
        _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Take = [SnapshotWorks.Take()] }));
        await _machine.UntilAsync(() => Item?.Phase == WorkSnapshotPhase.Done, "it is taken");
        var hold = await SnapshotWorks.HoldAsync() with { FromCluster = "us-east-1", FromNode = SnapshotWorks.Node };
        _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Take = [SnapshotWorks.Take()], Hold = [hold] }));

        await _machine.UntilAsync(() => Status is { Snapshots: [{ Part: WorkSnapshotPart.Taken }, { Part: WorkSnapshotPart.Stored, Phase: WorkSnapshotPhase.Done }] }, "it is stored");
        Files.ShouldBe(["data.json", "data.tar"]);
    }

    [Fact]
    public async Task Discard_Stored_FilesAreGoneAlsoThoseOfADeletionThatWasCut()
    {
        await AskAsync();
        _machine.Start();
        await UntilStoredAsync();
        await _machine.KillAsync();
        // As after a crash in the middle of a deletion, and of another arrival.
        Directory.CreateDirectory(Whole + ".gone");
        await File.WriteAllTextAsync(Path.Combine(Whole + ".gone", "data.tar"), "half");
        Directory.CreateDirectory(Whole + ".part");
        _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Discard = [SnapshotWorks.Discard(WorkSnapshotPart.Stored)] }));

        _machine.Start();
        await _machine.UntilAsync(() => Status is { Snapshots.Count: 0 }, "it is gone");
        Directory.EnumerateFileSystemEntries(_machine.Snapshots!).ShouldBeEmpty();
    }

    [Fact]
    public async Task Tombstone_SeveralItems_NothingIsLeftButWhatIsOfOthers()
    {
        await AskAsync();
        _machine.Start();
        await UntilStoredAsync();
        var other = Directory.CreateDirectory(Path.Combine(_machine.Snapshots!, "default_other_uid-other", "x")).FullName;
        Directory.CreateDirectory(Path.Combine(Folder, "20260103T030000Z-0.part"));
        _machine.ControlPlane.Delete(SnapshotWorks.Uid);

        await _machine.UntilAsync(() => Status is { Gone: true }, "it is gone");
        Directory.Exists(Folder).ShouldBeFalse();
        Directory.Exists(other).ShouldBeTrue();
    }

    [Fact]
    public async Task Volume_OfAStoredItem_IsSentWholeAndBehindWhatTheReaderHas()
    {
        await AskAsync();
        _machine.Start();
        await UntilStoredAsync();

        (await ReadAsync("s-1", skip: 0)).ShouldBe(System.Text.Encoding.UTF8.GetString(await TestVolume.SentAsync(SnapshotWorks.Tar)));
        (await ReadAsync("s-2", skip: 2)).ShouldBe(System.Text.Encoding.UTF8.GetString(await TestVolume.SentAsync(SnapshotWorks.Tar, skip: 2)));
        (await ReadAsync("s-3", skip: 0, claim: "other")).ShouldStartWith("404 ");
    }

    [Fact]
    public async Task Copy_FromSnapshot_BringsOnlyWhatIsInItAndThePetRunsOnIt()
    {
        List<VolumeQuery> asked = [];
        _machine.ControlPlane.Volumes = async query =>
        {
            asked.Add(query);
            return new MemoryStream(await TestVolume.SentAsync(SnapshotWorks.Tar, query.Skip));
        };
        var copy = new WorkPetCopy { Ordinal = 0, Epoch = 0, FromCluster = "eu-west-1", FromNode = "eu-west-1.a", FromSnapshot = new WorkSnapshotItem(SnapshotWorks.Uid, SnapshotWorks.Id) };
        Work Begin(Func<WorkPets, WorkPets> change) => SnapshotWorks.With(pets => change(pets with { Claims = [new WorkClaim { Name = "data", FromSnapshot = true }, new WorkClaim { Name = "log" }] }));
        _machine.ControlPlane.Apply(Begin(pets => pets with { Copies = [copy] }));
        _machine.Start();

        await _machine.UntilAsync(() => _machine.Status is { Copies: [{ Phase: WorkPetCopyPhase.Done }] }, "it has come");
        asked.ShouldHaveSingleItem().ShouldBe(new VolumeQuery("uid-db", 0, 0, "data", 0));
        _machine.ControlPlane.Apply(Begin(pets => pets with { Run = [PetMachine.Pet(0)] }));
        await _machine.UntilReadyAsync(0);
        (await TestVolume.ReadAsync(_machine.Engine.Connect(), SnapshotWorks.Volume))["federation-volume/e"].ShouldBe("last");
    }

    [Fact]
    public async Task Copy_ItemIsNotThere_SaysWhy()
    {
        _machine.ControlPlane.Volumes = _ => throw new ControlPlaneException(ControlPlaneFailure.Refused, "volume data of item x is not in /backup");
        var copy = new WorkPetCopy { Ordinal = 0, FromCluster = "eu-west-1", FromSnapshot = new WorkSnapshotItem(SnapshotWorks.Uid, "x") };
        _machine.ControlPlane.Apply(SnapshotWorks.With(pets => pets with { Claims = [new WorkClaim { Name = "data", FromSnapshot = true }], Copies = [copy] }));
        _machine.Start();

        await _machine.UntilAsync(() => _machine.Status is { Copies: [{ Reason: WorkSnapshotReasons.SourceAway }] }, "it waits");
        _machine.Status!.Copies[0].Message.ShouldNotBeNull().ShouldContain("not in /backup");
    }

    private WorkStatus? Status => _machine.ControlPlane.StatusOf(SnapshotWorks.Uid);

    private WorkSnapshotStatus? Item => Status is { Snapshots: [var item, ..] } ? item : null;

    private string Folder => Path.Combine(_machine.Snapshots!, $"default_nightly_{SnapshotWorks.Uid}");

    private string Whole => Path.Combine(Folder, SnapshotWorks.Id);

    private IEnumerable<string> Files => Directory.GetFiles(Whole).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private async Task AskAsync() => _machine.ControlPlane.Apply(SnapshotWorks.Of(new WorkSnapshots { Hold = [await SnapshotWorks.HoldAsync()] }));

    private Task UntilStoredAsync() => _machine.UntilAsync(() => Item is { Phase: WorkSnapshotPhase.Done, Part: WorkSnapshotPart.Stored }, "it is stored");

    private async Task RunPetAsync()
    {
        _machine.ControlPlane.Apply(SnapshotWorks.Pet(PetMachine.Pet(0)));
        _machine.Start();
        await _machine.UntilReadyAsync(0);
        await TestVolume.FillAsync(_machine.Engine.Connect(), SnapshotWorks.Volume, SnapshotWorks.Tar);
    }

    private async Task<MemoryStream> SendAsync(SnapshotQuery query)
    {
        _asked.Add(query);
        (query.Uid, query.Id, query.Claim).ShouldBe((SnapshotWorks.Uid, SnapshotWorks.Id, "data"));
        return new MemoryStream(await TestVolume.SentAsync(SnapshotWorks.Tar, query.Skip));
    }

    private async Task<string> ReadAsync(string id, long skip, string claim = "data")
    {
        _machine.ControlPlane.Ask(new StreamRequest
        {
            Id = id,
            Kind = StreamKind.Volume,
            Namespace = "default",
            Volume = new VolumeRequest { Snapshot = new WorkSnapshotItem(SnapshotWorks.Uid, SnapshotWorks.Id), Part = WorkSnapshotPart.Stored, Claim = claim, Node = SnapshotWorks.Node, Skip = skip },
        });
        await _machine.UntilAsync(() => _machine.ControlPlane.Answers.ContainsKey(id), "it is answered");
        return _machine.ControlPlane.Answers[id];
    }
}
