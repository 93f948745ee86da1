using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;
using Federation.Domain.Scheduling.Nodes;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.ClusterRole.Shares;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>What sharing pets needs beside sharing pods. Pure.</summary>
internal static class PetSharing
{
    public static bool HasPets(WorkShares shares, Work? work) => work is { Mode: WorkMode.Pets } || shares.Nodes.Any(share => !share.Pets.IsEmpty);

    /// <summary>
    /// Whether the cluster may speak of the work as it is now: whoever reads it starts elsewhere what it does not name. What is known must be known after a restart, too; pets that run
    /// without permission go on for ever on a machine that nobody has heard since the memory was lost.
    /// </summary>
    /// <param name="isStored">A restart would know the work and who runs pets of it.</param>
    /// <param name="mayHaveForgotten">What earlier lives permitted may be in force, and who got it is not known.</param>
    /// <param name="mayRunUnseen">The memory was lost, and not every machine has said what it runs since.</param>
    public static bool MayClaim(WorkShares shares, Work? work, bool isStored, bool mayHaveForgotten, bool mayRunUnseen) =>
        !HasPets(shares, work) || (isStored && !mayHaveForgotten && !(mayRunUnseen && work?.Pets is { IsFenced: false }));

    /// <summary>The shares with what nodes say they run, or may run, without a share.</summary>
    /// <param name="words">What the nodes concerned say.</param>
    /// <param name="now">The time of the plan.</param>
    /// <param name="work">As the cluster was asked to run it; null: it is not known.</param>
    /// <param name="shares">As they are known.</param>
    public static WorkShares Adopt(IEnumerable<(Member Member, WorkStatus? Status, bool IsCurrent)> words, DateTimeOffset now, Work? work, WorkShares shares)
    {
        var heard = words.Where(word => word.Member.IsHeard && word.Status is { Pets.Count: > 0 }).Select(word => (word.Member.Name, word.Status!));
        var known = shares.Shares;
        var adopted = NodePlanner.Adopt(known, heard, isKept: work?.Pets is { IsFenced: false }, now);
        return adopted == known ? shares : shares with { Nodes = adopted };
    }

    /// <summary>By node, the ordinals that its newest word names; only of nodes that have stored that word in this life and speak of it.</summary>
    public static Dictionary<string, IndexSet> WordsOf(WorkState state, MemberTable members, string store)
    {
        var words = new Dictionary<string, IndexSet>();
        foreach (var (node, sent) in state.Sent)
        {
            if (members.Find(node) is not { } member || member.Applied.Store != store || member.Applied.Revision < sent.Revision)
                continue;
            if (member.Works.GetValueOrDefault(state.Shares.Uid)?.Revision == sent.Revision)
                words[node] = sent.Source is null ? IndexSet.Empty : IndexSet.Of(sent.Share.Pets.Where(pet => !pet.IsReleased).Select(pet => pet.Ordinal));
        }

        return words;
    }

    /// <summary>
    /// Pets whose volumes are to go, with a node that has not confirmed it yet. A node has once it has stored a word that says so, speaks of it, and does not name the pet.
    /// One that is away is waited for; one that was given up is not.
    /// </summary>
    /// <param name="state">After the nodes were told.</param>
    /// <param name="work">As the cluster is asked; null: it is not known.</param>
    /// <param name="members">All machines.</param>
    /// <param name="store">Of this life.</param>
    public static ImmutableSortedDictionary<int, string> DiscardingOf(WorkState state, Work? work, MemberTable members, string store)
    {
        if (work?.Pets is not { Discard.Count: > 0 } pets)
            return ImmutableSortedDictionary<int, string>.Empty;
        var waiting = ImmutableSortedDictionary.CreateBuilder<int, string>();
        foreach (var share in state.Shares.Nodes)
        {
            if (members.Find(share.Node) is not { } member)
                continue;
            var spoken = state.Sent.TryGetValue(share.Node, out var sent) && member.Applied.Store == store && member.Applied.Revision >= sent.Revision
                && member.Works.GetValueOrDefault(state.Shares.Uid) is { } status && status.Revision == sent.Revision ? status : null;
            foreach (var ordinal in pets.Discard)
            {
                if (spoken is null || sent?.Source?.Pets?.Discard.Contains(ordinal) != true || spoken.Pets.Any(pet => pet.Ordinal == ordinal))
                    waiting.TryAdd(ordinal, share.Node);
            }
        }

        return waiting.ToImmutable();
    }

    /// <summary>When the next node is fenced that may run what it was asked to run no more; null: none.</summary>
    public static DateTimeOffset? NextFence(NodeFence fence, WorkShares shares, DateTimeOffset now) =>
        NodesLettingGo(shares).Select(node => (DateTimeOffset?)fence.FencedAtOf(node)).Where(at => at > now).Min();

    /// <summary>The nodes that were asked to run a pet no more, and may still run it.</summary>
    public static HashSet<string> NodesLettingGo(WorkShares shares) => [.. shares.Nodes.Where(share => share.Pets.Any(pet => pet.IsReleased)).Select(share => share.Node)];
}
