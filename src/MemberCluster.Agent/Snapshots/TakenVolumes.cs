using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Snapshots;

/// <summary>What was taken of pets' volumes: volumes of the same engine, one for each claim, so that they are on the same disk. For as long as an item is not whole, a mark stands beside them (an empty volume, too): it outlives the agent and its disk.</summary>
internal sealed class TakenVolumes(string cluster, IVolumes volumes)
{
    private const string MarkSuffix = "_unfinished";

    /// <summary>No part of a name has an underscore.</summary>
    public string NameOf(PartKey item, string claim) => $"federation_{cluster}_snapshot_{item.Uid}_{item.Id}_{claim}";

    /// <summary>Every volume of the item is there, and it is whole.</summary>
    /// <exception cref="RuntimeException">The engine's refusal.</exception>
    public async Task<bool> IsWholeAsync(PartKey item, IEnumerable<string> claims, CancellationToken cancellationToken)
    {
        foreach (var claim in claims)
        {
            if (await volumes.FindAsync(NameOf(item, claim), cancellationToken) is null)
                return false;
        }

        return await volumes.FindAsync(MarkOf(item), cancellationToken) is null;
    }

    /// <summary>The mark first; and then empty volumes, whatever an earlier attempt left.</summary>
    public async Task BeginAsync(PartKey item, PetKey pet, IEnumerable<string> claims, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var labels = LabelsOf(item).Add(AgentLabels.SnapshotOf, TextOf(pet)).Add(AgentLabels.TakenAt, at.ToString("O", CultureInfo.InvariantCulture));
        await volumes.EnsureAsync(MarkOf(item), labels, cancellationToken);
        foreach (var claim in claims)
        {
            await RemoveAsync(NameOf(item, claim), cancellationToken);
            await volumes.EnsureAsync(NameOf(item, claim), labels.Add(AgentLabels.Claim, claim), cancellationToken);
        }
    }

    /// <summary>All is there and durable.</summary>
    public Task CompleteAsync(PartKey item, CancellationToken cancellationToken) => volumes.RemoveAsync(MarkOf(item), cancellationToken);

    /// <summary>When the item was begun, as its volume says.</summary>
    public async Task<DateTimeOffset?> BegunAtAsync(PartKey item, string claim, CancellationToken cancellationToken) =>
        DateTimeOffset.TryParse((await volumes.FindAsync(NameOf(item, claim), cancellationToken))?.Labels.GetValueOrDefault(AgentLabels.TakenAt), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? at : null;

    public Task<IVolumeContents> OpenAsync(string volume, CancellationToken cancellationToken) => volumes.OpenAsync(volume, VolumeMarks.HolderLabels(cluster, volume), cancellationToken);

    /// <summary>Deletes what there is of an item; the mark last. Of all items: of the PetSnapshot's.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Conflict"/>: one is being read.</exception>
    public async Task DiscardAsync(string uid, string? id, CancellationToken cancellationToken)
    {
        var labels = ImmutableArray.Create($"{PodLabels.Cluster}={cluster}", $"{AgentLabels.Snapshot}={uid}");
        var all = await volumes.ListAsync(id is null ? labels : labels.Add($"{AgentLabels.SnapshotItem}={id}"), cancellationToken);
        foreach (var volume in all.OrderBy(volume => !volume.Labels.ContainsKey(AgentLabels.Claim)))
            await RemoveAsync(volume.Name, cancellationToken);
    }

    /// <summary>Pets of which something was being taken when whoever did it ended.</summary>
    public async Task<IReadOnlyList<PetKey>> UnfinishedAsync(CancellationToken cancellationToken)
    {
        var marks = await volumes.ListAsync([$"{PodLabels.Cluster}={cluster}", AgentLabels.SnapshotOf], cancellationToken);
        return [.. marks.Where(mark => mark.Name.EndsWith(MarkSuffix, StringComparison.Ordinal)).Select(mark => PetOf(mark.Labels[AgentLabels.SnapshotOf])).OfType<PetKey>().Distinct()];
    }

    private ImmutableDictionary<string, string> LabelsOf(PartKey item) => ImmutableDictionary<string, string>.Empty
        .Add(PodLabels.Cluster, cluster).Add(AgentLabels.Snapshot, item.Uid).Add(AgentLabels.SnapshotItem, item.Id);

    private string MarkOf(PartKey item) => $"federation_{cluster}_snapshot_{item.Uid}_{item.Id}{MarkSuffix}";

    private async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await volumes.CloseAsync(name, cancellationToken);
        await volumes.RemoveAsync(name, cancellationToken);
    }

    private static string TextOf(PetKey pet) => string.Create(CultureInfo.InvariantCulture, $"{pet.Uid}/{pet.Ordinal}");

    private static PetKey? PetOf(string text) =>
        text.LastIndexOf('/') is > 0 and var slash && int.TryParse(text.AsSpan(slash + 1), CultureInfo.InvariantCulture, out var ordinal) ? new PetKey(text[..slash], ordinal) : null;
}
