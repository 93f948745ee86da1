using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Snapshots;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Tests.Volumes;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Tests.Snapshots;

/// <summary>Works of a PetSnapshot as a control plane renders them, and the pet that they are about.</summary>
internal static class SnapshotWorks
{
    public const string Uid = "uid-nightly";
    public const string Id = "20260102T030000Z-0";
    public const string Node = "us-east-1.fake";
    public const string Volume = "federation_us-east-1_default_db_data_0";
    public const string Taken = "federation_us-east-1_snapshot_uid-nightly_20260102T030000Z-0_data";
    public static readonly DateTimeOffset TakenAt = new(2026, 1, 2, 3, 0, 1, TimeSpan.Zero);
    public static readonly byte[] Tar = new TestVolume().File("a", "first").Directory("d").File("d/b", new string('b', 3000)).File("e", "last").ToTar();
    public const long Bytes = 3009;

    public static Work Of(WorkSnapshots snapshots) => new() { Uid = Uid, Kind = "PetSnapshot", Namespace = "default", Name = "nightly", Mode = WorkMode.Snapshots, Snapshots = snapshots };

    public static WorkSnapshotTake Take(PetSnapshotConsistency consistency = PetSnapshotConsistency.Pause, long epoch = 1, string node = Node) => new()
    {
        Id = Id,
        SetUid = "uid-db",
        Set = "db",
        Ordinal = 0,
        Epoch = epoch,
        Node = node,
        Claims = ["data"],
        Consistency = consistency,
        PauseSeconds = 30,
    };

    public static async Task<WorkSnapshotHold> HoldAsync(string fromCluster = "eu-west-1", string node = Node) => new()
    {
        Id = Id,
        Set = "db",
        Ordinal = 0,
        Epoch = 4,
        TakenAt = TakenAt,
        FromCluster = fromCluster,
        FromNode = fromCluster.Length == 0 ? "" : $"{fromCluster}.a",
        Node = node,
        Claims = [new WorkSnapshotClaim { Name = "data", Bytes = Bytes, Digest = await DigestAsync() }],
    };

    public static WorkSnapshotDiscard Discard(WorkSnapshotPart part, string node = Node) => new() { Id = Id, Part = part, Node = node };

    public static async Task<string> DigestAsync() => (await VolumeDigest.OfAsync(new MemoryStream(Tar), CancellationToken.None)).Digest;

    /// <summary>Pet 0 with a volume.</summary>
    public static Work Pet(params WorkPet[] run) => With(pets => pets with { Run = run });

    public static Work With(Func<WorkPets, WorkPets> change)
    {
        var work = PetMachine.Pets().WithContainer(container => container with { VolumeMounts = [new VolumeMount { Name = "data", MountPath = "/data" }] });
        return work with { Pets = change(work.Pets! with { Claims = [new WorkClaim { Name = "data" }] }) };
    }
}
