using System.Collections.Immutable;
using System.Globalization;
using Federation.Api.Agents;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Snapshots;

/// <summary>Stores an item in the machine's directory for snapshots. Each step can be repeated after a crash in the middle of it.</summary>
/// <param name="directory">Null: the owner gave none.</param>
/// <param name="open">Opens a volume of what was taken, as <see cref="StreamKind.Volume"/> describes it.</param>
/// <param name="time">For the manifest.</param>
internal sealed class SnapshotStorer(SnapshotDirectory? directory, Func<WorkSnapshotHold, SnapshotQuery, CancellationToken, Task<Stream>> open, TimeProvider time)
{
    /// <summary>Stays free of the disk.</summary>
    private const long Reserve = 16L * 1024 * 1024;

    /// <param name="order">What is to be stored.</param>
    /// <param name="arrived">Told the bytes of files that are here.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Done, Failed, or Working: then it is to be tried again later.</returns>
    /// <exception cref="ControlPlane.ControlPlaneException">The source cannot be asked.</exception>
    /// <exception cref="IOException">A volume was cut, or the disk is full or failing.</exception>
    /// <exception cref="InvalidDataException">What came is no volume.</exception>
    public async Task<WorkSnapshotStatus> StoreAsync(SnapshotOrder.Hold order, Action<long> arrived, CancellationToken cancellationToken)
    {
        var (item, what) = (order.Part, order.What);
        var status = new WorkSnapshotStatus { Id = item.Id, Part = item.Part, Phase = WorkSnapshotPhase.Working };
        if (directory is null)
            return status with { Phase = WorkSnapshotPhase.Waiting, Reason = WorkSnapshotReasons.NoDirectory, Message = "this machine has no directory for snapshots" };
        if (directory.Check() is { } problem)
            return status with { Phase = WorkSnapshotPhase.Waiting, Reason = WorkSnapshotReasons.NoDirectory, Message = problem };
        if (directory.Find(item.Uid, item.Id) is { IsEmpty: false } there)
            return Done(status, there);
        if (what.FromCluster.Length == 0)
            return status with { Phase = WorkSnapshotPhase.Failed, Reason = WorkSnapshotReasons.Missing, Message = $"it is not in {directory.Root}, or something of it is not" };

        var part = directory.Begin(order.Namespace, order.Name, item.Uid, item.Id);
        var manifests = ImmutableArray.CreateBuilder<SnapshotManifest>();
        var before = 0L;
        foreach (var claim in what.Claims)
        {
            var others = before;
            if (SnapshotDirectory.Arrived(part, claim.Name) is not { } manifest)
            {
                var path = SnapshotDirectory.TarOf(part, claim.Name);
                var progress = await TarFile.ReadProgressAsync(path, cancellationToken);
                if (LackOfRoom(claim.Bytes - progress.Bytes) is { } lack)
                    return status with { Bytes = others + progress.Bytes, Reason = WorkSnapshotReasons.NoSpace, Message = lack };
                var said = await FetchAsync(what, new SnapshotQuery(item.Uid, item.Id, claim.Name, progress.Entries), path, progress, bytes => arrived(others + bytes), cancellationToken);
                if (await ReadBackAsync(path, cancellationToken) is var read && (read != said || read.Digest != claim.Digest))
                {
                    File.Delete(path);
                    return status with { Bytes = others, Reason = WorkSnapshotReasons.ChecksumDiffers, Message = $"what came of volume {claim.Name} is not what was taken; it is fetched again" };
                }

                manifest = ManifestOf(order, said, claim.Name, new FileInfo(path).Length);
                SnapshotDirectory.Save(part, manifest);
            }

            manifests.Add(manifest);
            arrived(before += manifest.Bytes);
        }

        SnapshotDirectory.Complete(part);
        return Done(status, manifests.ToImmutable());
    }

    /// <summary>Deletes what there is of an item, or of all items of the PetSnapshot.</summary>
    /// <exception cref="IOException">Something cannot be deleted, or the directory is not there.</exception>
    public void Discard(string uid, string? id)
    {
        if (directory?.Check() is { } problem)
            throw new IOException(problem);
        if (id is null)
            directory?.Discard(uid);
        else
            directory?.Discard(uid, id);
    }

    private async Task<VolumeEnd> FetchAsync(WorkSnapshotHold what, SnapshotQuery query, string path, TarFile.Progress progress, Action<long> arrived, CancellationToken cancellationToken)
    {
        await using var volume = await open(what, query, cancellationToken);
        return await TarFile.ReceiveAsync(path, progress, volume, arrived, cancellationToken);
    }

    private string? LackOfRoom(long bytes) => directory!.FreeBytes is var free && free < bytes + Reserve
        ? string.Create(CultureInfo.InvariantCulture, $"the disk of {directory.Root} has {free} bytes left, and {bytes} are still to come") : null;

    private static async Task<VolumeEnd> ReadBackAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        return await VolumeDigest.OfAsync(file, cancellationToken);
    }

    private SnapshotManifest ManifestOf(SnapshotOrder.Hold order, VolumeEnd end, string claim, long length) => new()
    {
        Namespace = order.Namespace,
        Snapshot = order.Name,
        Uid = order.Part.Uid,
        Id = order.Part.Id,
        Pet = string.Create(CultureInfo.InvariantCulture, $"{order.What.Set}-{order.What.Ordinal}"),
        Epoch = order.What.Epoch,
        Cluster = order.What.FromCluster,
        Claim = claim,
        TakenAt = order.What.TakenAt,
        StoredAt = time.GetUtcNow(),
        Bytes = end.Bytes,
        Entries = end.Entries,
        Digest = end.Digest,
        TarBytes = length,
    };

    private static WorkSnapshotStatus Done(WorkSnapshotStatus status, ImmutableArray<SnapshotManifest> manifests) => status with
    {
        Phase = WorkSnapshotPhase.Done,
        Bytes = manifests.Sum(manifest => manifest.Bytes),
        TakenAt = manifests[0].TakenAt,
        Claims = [.. manifests.Select(manifest => manifest.ToClaim())],
    };
}
