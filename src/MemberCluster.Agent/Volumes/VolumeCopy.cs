using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Pods.Volumes;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Volumes;

/// <summary>Brings the volumes of one pet to this machine; and takes them away. Each step can be repeated after a crash in the middle of it.</summary>
/// <remarks>
/// <code>
/// mark ─▶ volume, labelled with the copy ─▶ its contents, part by part ─▶ read back and compared ─▶ durable ─▶ mark removed
/// </code>
/// A volume with the copy's label and without a mark is done, whatever else is known.
/// </remarks>
internal sealed class VolumeCopy(string cluster, IVolumes volumes, IControlPlane controlPlane, VolumeReaders readers, CopyFiles files, TimeProvider time)
{
    private readonly VolumeReceiver _receiver = new(files, time);

    /// <param name="order">With a copy.</param>
    /// <param name="arrived">Told the bytes of files that are here.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The digest of all volumes; null: one was not equal to its source, and is gone again.</returns>
    /// <exception cref="ControlPlaneException">The source cannot be asked.</exception>
    /// <exception cref="IOException">A volume was cut.</exception>
    /// <exception cref="InvalidDataException">What came is no volume.</exception>
    /// <exception cref="VolumesExistException">It is for a new pet, and there are volumes of its name already.</exception>
    /// <exception cref="RuntimeException">The engine's refusal.</exception>
    public async Task<(string? Digest, long Bytes)> BringAsync(VolumeOrder order, Action<long> arrived, CancellationToken cancellationToken)
    {
        await CheckNobodysAsync(order, cancellationToken);
        var progress = files.Read(order.Pet, order.Copy!.Epoch);
        var before = 0L;
        foreach (var claim in order.Claims)
        {
            var others = before;
            progress = await IsDoneAsync(order, claim, cancellationToken)
                ? await KnowAsync(order, claim, progress, cancellationToken)
                : await BringAsync(order, claim, progress, bytes => arrived(others + bytes), cancellationToken);
            if (progress.Of(claim.Name).Digest is null)
                return (null, before);
            before += progress.Of(claim.Name).Bytes;
            arrived(before);
        }

        return (VolumeDigest.Combine(order.Claims.Select(claim => progress.Of(claim.Name).Digest!)), before);
    }

    /// <summary>Before anything is written: a new pet's name may be that of an earlier one whose volumes somebody keeps.</summary>
    private async Task CheckNobodysAsync(VolumeOrder order, CancellationToken cancellationToken)
    {
        if (order.Copy!.FromSnapshot is null)
            return;
        foreach (var name in order.Claims.Select(claim => NameOf(order, claim)))
        {
            if (await volumes.FindAsync(name, cancellationToken) is { } there && !IsCopy(order, there))
                throw new VolumesExistException($"volume {name} is there already, of an earlier pet of this name: it is not touched");
        }
    }

    /// <summary>Deletes all volumes of the pet, whichever claims they were made for; or those that copies brought.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Conflict"/>: a container uses one.</exception>
    public async Task DiscardAsync(VolumeOrder order, CancellationToken cancellationToken)
    {
        ImmutableArray<string> labels =
        [
            $"{PodLabels.Cluster}={cluster}",
            $"{PodLabels.Namespace}={order.Namespace}",
            $"{PodLabels.Name}={order.Set}",
            string.Create(CultureInfo.InvariantCulture, $"{PodLabels.Ordinal}={order.Pet.Ordinal}"),
        ];
        // Marks last: half a volume is never without one.
        foreach (var volume in (await volumes.ListAsync(labels, cancellationToken)).Where(volume => !order.OnlyCopies || IsCopy(order, volume)).OrderByDescending(volume => volume.Labels.ContainsKey(AgentLabels.Claim)))
            await RemoveAsync(volume.Name, cancellationToken);
        files.Forget(order.Pet);
    }

    private async Task<bool> IsDoneAsync(VolumeOrder order, WorkClaim claim, CancellationToken cancellationToken)
    {
        var name = NameOf(order, claim);
        return await volumes.FindAsync(name, cancellationToken) is { } volume && IsOfThisCopy(order, volume)
            && await volumes.FindAsync(VolumeMarks.NameOf(name), cancellationToken) is null;
    }

    /// <summary>A volume that is done, and whose digest the agent may have lost.</summary>
    private async Task<CopyProgress> KnowAsync(VolumeOrder order, WorkClaim claim, CopyProgress progress, CancellationToken cancellationToken)
    {
        if (progress.Of(claim.Name).Digest is not null)
            return progress;
        await using var contents = await OpenAsync(NameOf(order, claim), cancellationToken);
        return Save(order, claim, progress, await ReadBackAsync(contents, cancellationToken));
    }

    private async Task<CopyProgress> BringAsync(VolumeOrder order, WorkClaim claim, CopyProgress progress, Action<long> arrived, CancellationToken cancellationToken)
    {
        var name = NameOf(order, claim);
        var mark = VolumeMarks.NameOf(name);
        var labels = PodVolumes.LabelsOf(cluster, order.Namespace, order.Set, order.Pet.Uid, order.Pet.Ordinal, claim).Add(AgentLabels.Copy, VolumeMarks.CopyOf(order.Copy!.Epoch));
        await volumes.EnsureAsync(mark, labels.Remove(AgentLabels.Claim), cancellationToken);
        if (await volumes.FindAsync(name, cancellationToken) is not { } there || !IsOfThisCopy(order, there))
        {
            progress = Save(order, claim, progress, ClaimProgress.None);
            await RemoveAsync(name, cancellationToken);
            await volumes.EnsureAsync(name, labels, cancellationToken);
        }

        await using (var contents = await OpenAsync(name, cancellationToken))
        {
            VolumeEnd? said = await ReceiveAsync(order, claim, contents, progress.Of(claim.Name), arrived, written => progress = Save(order, claim, progress, written), cancellationToken);
            var read = await ReadBackAsync(contents, cancellationToken);
            if (read == said)
                await contents.FlushAsync(cancellationToken);
            else
                said = null;
            progress = Save(order, claim, progress, said is null ? ClaimProgress.None : progress.Of(claim.Name) with { Bytes = said.Bytes, Digest = said.Digest });
        }

        await RemoveAsync(progress.Of(claim.Name).Digest is null ? name : mark, cancellationToken);
        return progress;
    }

    private async Task<VolumeEnd> ReceiveAsync(
        VolumeOrder order, WorkClaim claim, IVolumeContents contents, ClaimProgress from, Action<long> arrived, Action<ClaimProgress> written, CancellationToken cancellationToken)
    {
        var query = new VolumeQuery(order.Pet.Uid, order.Pet.Ordinal, order.Copy!.Epoch, claim.Name, from.Entries);
        await using var volume = await controlPlane.OpenVolumeAsync(query, cancellationToken);
        return await _receiver.ReceiveAsync(volume, from, contents, arrived, written, cancellationToken);
    }

    private static async Task<VolumeEnd> ReadBackAsync(IVolumeContents contents, CancellationToken cancellationToken)
    {
        await using var tar = await contents.ReadAsync(cancellationToken);
        return await VolumeDigest.OfAsync(tar, cancellationToken);
    }

    private CopyProgress Save(VolumeOrder order, WorkClaim claim, CopyProgress progress, VolumeEnd known) =>
        Save(order, claim, progress, new ClaimProgress(known.Entries, 0, known.Bytes, known.Digest));

    private CopyProgress Save(VolumeOrder order, WorkClaim claim, CopyProgress progress, ClaimProgress next)
    {
        progress = progress with { Claims = progress.Claims.SetItem(claim.Name, next) };
        files.Save(order.Pet, progress);
        return progress;
    }

    private async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        readers.Cut(name);
        await volumes.CloseAsync(name, cancellationToken);
        await volumes.RemoveAsync(name, cancellationToken);
    }

    private Task<IVolumeContents> OpenAsync(string name, CancellationToken cancellationToken) => volumes.OpenAsync(name, VolumeMarks.HolderLabels(cluster, name), cancellationToken);

    private string NameOf(VolumeOrder order, WorkClaim claim) => PodVolumes.NameOf(cluster, order.Namespace, order.Set, claim.Name, order.Pet.Ordinal);

    /// <summary>Some copy for this very set brought it, or is its mark.</summary>
    private static bool IsCopy(VolumeOrder order, Volume volume) => volume.Labels.ContainsKey(AgentLabels.Copy) && volume.Labels.GetValueOrDefault(PodLabels.Uid) == order.Pet.Uid;

    private static bool IsOfThisCopy(VolumeOrder order, Volume volume) => IsCopy(order, volume) && volume.Labels[AgentLabels.Copy] == VolumeMarks.CopyOf(order.Copy!.Epoch);
}
