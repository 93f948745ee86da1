using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;
using MemberCluster.Agent.ClusterRole.Shares;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Totals;

/// <summary>One node's word about a work.</summary>
/// <param name="Status">What it last reported; null: nothing.</param>
/// <param name="IsHeard">False: the node is silent, and what it last said of its pods is not true any more.</param>
/// <param name="IsCurrent">It holds what it was last sent, or was sent nothing.</param>
/// <param name="Node">Its name in the federation.</param>
internal sealed record NodeWord(WorkStatus? Status, bool IsHeard, bool IsCurrent, string Node = "");

/// <summary>A work as the whole cluster runs it. Pure.</summary>
internal static class WorkTotals
{
    /// <param name="held">What the cluster is asked; null: nothing that is known.</param>
    /// <param name="shares">Who is asked how much, and what was claimed before.</param>
    /// <param name="words">What each node concerned says.</param>
    /// <param name="placing">What keeps pods from the nodes they should be on.</param>
    /// <param name="mayRunUnseen">Nodes that have not said a word yet may run it too: nobody remembers who was asked to.</param>
    /// <param name="pets">Where the pets are.</param>
    /// <param name="mayClaim">False: what is known now may not be known after a restart, so that the status speaks of what it spoke of before.</param>
    public static WorkStatus Of(HeldWork? held, WorkShares shares, IReadOnlyList<NodeWord> words, Trouble? placing, bool mayRunUnseen = false, ImmutableArray<NodePetPlace> pets = default, bool mayClaim = true)
    {
        var heard = words.Where(word => word is { IsHeard: true, Status: not null }).Select(word => word.Status!).ToList();
        var hash = held?.Work?.TemplateHash ?? heard.FirstOrDefault()?.TemplateHash ?? shares.ClaimedTemplate;
        var worst = heard.Where(status => status.Reason is not null).OrderByDescending(status => status.Desired - status.Ready).FirstOrDefault();
        // A machine whose engine fails is why a pod finds no node, and says more.
        var isOfTheEngine = worst?.Reason is Reasons.EngineUnavailable or Reasons.PermissionDenied or Reasons.DiskFull;
        var isDone = mayClaim && !mayRunUnseen && IsDone(held, shares, words);
        var isCurrent = isDone || (mayClaim && IsCurrent(words));
        return new WorkStatus
        {
            Uid = shares.Uid,
            Kind = held?.Work?.Kind ?? held?.Tombstone?.Kind ?? shares.Kind,
            Namespace = held?.Work?.Namespace ?? held?.Tombstone?.Namespace ?? shares.Namespace,
            Name = held?.Work?.Name ?? held?.Tombstone?.Name ?? shares.Name,
            Revision = isCurrent && held is not null ? held.Revision : shares.Claimed,
            TemplateHash = isCurrent || shares.ClaimedTemplate.Length == 0 ? hash : shares.ClaimedTemplate,
            Desired = held?.Work is { Mode: WorkMode.Replicas } work ? work.Replicas : shares.Nodes.Sum(share => share.Replicas),
            Running = heard.Sum(status => status.Running),
            Ready = heard.Sum(status => status.Ready),
            Updated = heard.Where(status => status.TemplateHash == hash).Sum(status => status.Updated),
            Succeeded = Union(words.Select(word => word.Status?.Succeeded)),
            Failed = Union(words.Select(word => word.Status?.Failed)),
            Pets = PetTotals.Of(held, pets.IsDefault ? [] : pets, words),
            Images = heard.Where(status => status.TemplateHash == hash).Select(status => status.Images).FirstOrDefault(images => images is not null),
            Gone = isDone,
            Orphan = held is null || held.IsOrphan,
            Reason = (isOfTheEngine ? worst?.Reason : null) ?? placing?.Reason ?? worst?.Reason,
            Message = (isOfTheEngine ? worst?.Message : null) ?? placing?.Message ?? worst?.Message,
        };
    }

    /// <summary>Every node that can be asked holds the newest word.</summary>
    public static bool IsCurrent(IReadOnlyList<NodeWord> words) => words.All(word => word.IsCurrent || !word.IsHeard);

    /// <summary>A tombstone was carried out everywhere: a node that is away may still run pods, and is waited for.</summary>
    private static bool IsDone(HeldWork? held, WorkShares shares, IReadOnlyList<NodeWord> words) =>
        held?.Tombstone is not null && shares.Nodes.Count == 0 && words.All(word => word.Status is null or { Gone: true });

    private static string? Union(IEnumerable<string?> sets) =>
        sets.Where(set => set is not null).ToList() is { Count: > 0 } known ? known.Aggregate(IndexSet.Empty, (union, set) => union.Union(IndexSet.Parse(set))).ToString() : null;
}
