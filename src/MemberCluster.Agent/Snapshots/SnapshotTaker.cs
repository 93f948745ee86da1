using System.Collections.Immutable;
using System.Globalization;
using Federation.Api.Agents;
using Federation.Api.Snapshots;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Pods.Volumes;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Snapshots;

/// <summary>Takes an item: copies a pet's volumes beside themselves. An attempt that ended in the middle begins again, as what it has is of another moment.</summary>
/// <remarks>
/// <code>
/// mark ─▶ empty volumes ─▶ room? ─▶ [pet holds still] ─▶ copied ─▶ [pet goes on] ─▶ read back and compared ─▶ durable ─▶ mark removed
/// </code>
/// </remarks>
/// <param name="cluster">Whose volumes they are.</param>
/// <param name="runtime">Of the machine.</param>
/// <param name="taken">Where copies go.</param>
/// <param name="files">What is known of them.</param>
/// <param name="stilling">Freezes pets.</param>
/// <param name="held">The work that is held of a uid now.</param>
/// <param name="time">For the moment of a copy.</param>
internal sealed class SnapshotTaker(string cluster, IContainerRuntime runtime, TakenVolumes taken, TakenFiles files, PetStilling stilling, Func<string, Work?> held, TimeProvider time)
{
    /// <summary>Stays free of the engine's disk, for whoever writes to it meanwhile.</summary>
    private const long Reserve = 64L * 1024 * 1024;

    private const int DefaultPauseSeconds = 30;

    /// <param name="order">What is to be taken.</param>
    /// <param name="copied">Told the bytes of files that are copied.</param>
    /// <param name="lifetime">Of the agent.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Done, Failed, or Working: then it is to be tried again later.</returns>
    /// <exception cref="RuntimeException">The engine's refusal.</exception>
    /// <exception cref="IOException">A volume could not be read to its end.</exception>
    /// <exception cref="InvalidDataException">The same.</exception>
    public async Task<WorkSnapshotStatus> TakeAsync(SnapshotOrder.Take order, Action<long> copied, CancellationToken lifetime, CancellationToken cancellationToken)
    {
        var (item, what) = (order.Part, order.What);
        if (await taken.IsWholeAsync(item, what.Claims, cancellationToken))
            return Done(order, files.Read(item) ?? await KnowAsync(order, cancellationToken));
        if (WhyNotHere(what) is { } away)
            return Waits(order, WorkSnapshotReasons.PetLeft, away);
        foreach (var claim in what.Claims)
        {
            if (await runtime.Volumes.FindAsync(SourceOf(order, claim), cancellationToken) is null)
                return Waits(order, WorkSnapshotReasons.PetLeft, $"there is no volume {claim} of the pet on this machine");
        }

        // Before anything is read: it may take a while until it runs.
        if (what.Consistency != PetSnapshotConsistency.Live && !await stilling.RunsAsync(new PetKey(what.SetUid, what.Ordinal), what.Epoch, cancellationToken))
            return NotRunning(order);
        await taken.BeginAsync(item, new PetKey(what.SetUid, what.Ordinal), what.Claims, time.GetUtcNow(), cancellationToken);
        if (await LackOfRoomAsync(order, cancellationToken) is { } lack)
            return Failed(order, WorkSnapshotReasons.NoSpace, lack);
        var (copy, problem) = await CopyAsync(order, copied, lifetime, cancellationToken);
        if (copy is null)
        {
            return problem switch
            {
                StillProblem.TooLong => Failed(order, WorkSnapshotReasons.PauseTooLong, string.Create(CultureInfo.InvariantCulture, $"its volumes were not copied within the {PauseOf(what).TotalSeconds} s that the pet may hold still")),
                StillProblem.Disturbed => Waits(order, Reasons.PetDisturbed, "the pet did not hold still: a container of it ended or went on meanwhile"),
                _ => NotRunning(order),
            };
        }

        foreach (var claim in copy.Claims)
        {
            await using var contents = await taken.OpenAsync(taken.NameOf(item, claim.Name), cancellationToken);
            if (await ReadBackAsync(contents, cancellationToken) is var read && read.Digest != claim.Digest)
                return Waits(order, WorkSnapshotReasons.ChecksumDiffers, $"the copy of volume {claim.Name} is not what was read; it is taken again");
            await contents.FlushAsync(cancellationToken);
        }

        files.Save(item, copy);
        await taken.CompleteAsync(item, cancellationToken);
        return Done(order, copy);
    }

    /// <summary>Deletes what there is of an item, or of all items.</summary>
    public async Task DiscardAsync(string uid, string? id, CancellationToken cancellationToken)
    {
        await taken.DiscardAsync(uid, id, cancellationToken);
        files.Forget(uid, id);
    }

    /// <summary>Thaws what an earlier life of the agent froze.</summary>
    /// <exception cref="RuntimeException">The engine does not say which pets these are.</exception>
    public async Task RecoverAsync(CancellationToken lifetime)
    {
        foreach (var pet in await taken.UnfinishedAsync(lifetime))
            await stilling.ThawAsync(pet, lifetime);
    }

    private async Task<(TakenItem? Copy, StillProblem? Problem)> CopyAsync(SnapshotOrder.Take order, Action<long> copied, CancellationToken lifetime, CancellationToken cancellationToken)
    {
        var what = order.What;
        return what.Consistency == PetSnapshotConsistency.Live
            ? (await CopyAllAsync(order, time.GetUtcNow(), copied, cancellationToken), null)
            : await stilling.WhileStillAsync(
                new PetKey(what.SetUid, what.Ordinal), what.Epoch, PauseOf(what), (at, token) => CopyAllAsync(order, at, copied, token), lifetime, cancellationToken);
    }

    private async Task<TakenItem> CopyAllAsync(SnapshotOrder.Take order, DateTimeOffset at, Action<long> copied, CancellationToken cancellationToken)
    {
        var claims = ImmutableArray.CreateBuilder<WorkSnapshotClaim>();
        var before = 0L;
        foreach (var claim in order.What.Claims)
        {
            var others = before;
            await using var source = await taken.OpenAsync(SourceOf(order, claim), cancellationToken);
            await using var target = await taken.OpenAsync(taken.NameOf(order.Part, claim), cancellationToken);
            await using var tar = await source.ReadAsync(cancellationToken);
            var end = new VolumeEnd();
            await target.WriteAsync(async (output, token) => end = await VolumeRelay.CopyAsync(tar, output, bytes => copied(others + bytes), token), cancellationToken);
            claims.Add(new WorkSnapshotClaim { Name = claim, Bytes = end.Bytes, Digest = end.Digest });
            before += end.Bytes;
        }

        return new TakenItem { TakenAt = at, Claims = claims.ToImmutable() };
    }

    /// <summary>What the agent has forgotten of an item, its volumes still say.</summary>
    private async Task<TakenItem> KnowAsync(SnapshotOrder.Take order, CancellationToken cancellationToken)
    {
        var claims = ImmutableArray.CreateBuilder<WorkSnapshotClaim>();
        foreach (var claim in order.What.Claims)
        {
            await using var contents = await taken.OpenAsync(taken.NameOf(order.Part, claim), cancellationToken);
            var end = await ReadBackAsync(contents, cancellationToken);
            claims.Add(new WorkSnapshotClaim { Name = claim, Bytes = end.Bytes, Digest = end.Digest });
        }

        var known = new TakenItem { TakenAt = await taken.BegunAtAsync(order.Part, order.What.Claims[0], cancellationToken) ?? time.GetUtcNow(), Claims = claims.ToImmutable() };
        files.Save(order.Part, known);
        return known;
    }

    /// <summary>Everything is read once before the pet holds still: that tells how much it is, and what was read is read again faster.</summary>
    /// <returns>Null: there is room.</returns>
    private async Task<string?> LackOfRoomAsync(SnapshotOrder.Take order, CancellationToken cancellationToken)
    {
        var needed = 0L;
        foreach (var claim in order.What.Claims)
        {
            await using var contents = await taken.OpenAsync(SourceOf(order, claim), cancellationToken);
            await using var tar = await contents.ReadAsync(cancellationToken);
            needed += await SizeAsync(tar, cancellationToken);
        }

        var free = (await runtime.GetInfoAsync(cancellationToken)).DiskFreeBytes;
        return free is { } left && left < needed + Reserve
            ? string.Create(CultureInfo.InvariantCulture, $"the engine's disk has {left} bytes left, and a copy of {needed} bytes would not leave {Reserve} of them")
            : null;
    }

    /// <summary>Of files that change meanwhile as far as they can be read: it is an estimate then.</summary>
    private static async Task<long> SizeAsync(Stream tar, CancellationToken cancellationToken)
    {
        using var reader = new TarReader(tar);
        var bytes = 0L;
        try
        {
            while (await reader.NextAsync(cancellationToken) is { } entry)
                bytes += entry.Header.Length + (entry.Type == TarEntry.RegularFile ? entry.Size : 0);
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException)
        {
            // A file became shorter while it was read.
        }

        return bytes;
    }

    private string? WhyNotHere(WorkSnapshotTake what) => held(what.SetUid)?.Pets?.Run.FirstOrDefault(pet => pet.Ordinal == what.Ordinal) switch
    {
        null => "the pet is not asked to run on this machine",
        { Epoch: var epoch } when epoch != what.Epoch => string.Create(CultureInfo.InvariantCulture, $"the pet has epoch {epoch} on this machine, and not {what.Epoch}"),
        _ => null,
    };

    private string SourceOf(SnapshotOrder.Take order, string claim) => PodVolumes.NameOf(cluster, order.Namespace, order.What.Set, claim, order.What.Ordinal);

    private static TimeSpan PauseOf(WorkSnapshotTake what) => TimeSpan.FromSeconds(what.PauseSeconds > 0 ? what.PauseSeconds : DefaultPauseSeconds);

    private static async Task<VolumeEnd> ReadBackAsync(IVolumeContents contents, CancellationToken cancellationToken)
    {
        await using var tar = await contents.ReadAsync(cancellationToken);
        return await VolumeDigest.OfAsync(tar, cancellationToken);
    }

    private static WorkSnapshotStatus Done(SnapshotOrder order, TakenItem item) => Status(order) with
    {
        Phase = WorkSnapshotPhase.Done,
        Bytes = item.Claims.Sum(claim => claim.Bytes),
        TakenAt = item.TakenAt,
        Claims = item.Claims,
    };

    private static WorkSnapshotStatus Failed(SnapshotOrder order, string reason, string message) => Status(order) with { Phase = WorkSnapshotPhase.Failed, Reason = reason, Message = message };

    private static WorkSnapshotStatus Waits(SnapshotOrder order, string reason, string message) => Status(order) with { Phase = WorkSnapshotPhase.Working, Reason = reason, Message = message };

    private static WorkSnapshotStatus NotRunning(SnapshotOrder order) => Waits(order, Reasons.PetNotRunning, "the pet does not run as it should, and is waited for");

    private static WorkSnapshotStatus Status(SnapshotOrder order) => new() { Id = order.Part.Id, Part = order.Part.Part };
}
