using Federation.Api.Agents;
using Federation.Api.Snapshots;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Pods;

internal static class WorkExtensions
{
    /// <summary>The work with the template of that hash, as far as it brings it; else as it is.</summary>
    public static Work AsOf(this Work work, string templateHash) =>
        work.TemplateHash != templateHash && work.Pets?.Earlier.FirstOrDefault(earlier => earlier.Hash == templateHash) is { } earlier
            ? work with { TemplateHash = earlier.Hash, Template = earlier.Template, Images = earlier.Images }
            : work;

    /// <summary>It has no pods, and <see cref="Snapshots.SnapshotKeeper"/> says how it stands.</summary>
    public static bool IsOfSnapshots(HeldWork? held) => held?.Work?.Mode == WorkMode.Snapshots || held?.Tombstone?.Kind == PetSnapshot.KindName;

    /// <summary>How many pods of a work a machine keeps or, of a Job, has running at the same time at most.</summary>
    public static int WantedPods(this Work work) => work.Mode switch
    {
        WorkMode.PerNode => 1,
        WorkMode.Completions => Math.Min(work.Completions?.Parallelism ?? 0, IndexSet.Parse(work.Completions?.Indexes).Count),
        WorkMode.Pets => work.Pets?.Run.Count ?? 0,
        WorkMode.Snapshots => 0,
        _ => work.Replicas,
    };
}
