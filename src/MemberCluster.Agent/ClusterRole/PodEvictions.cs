using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes;
using MemberCluster.Agent.ClusterRole.Members;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>The pods that shall stop: which of them are on which node, and what each node was told. Used by one thread.</summary>
internal sealed class PodEvictions(MemberTable members)
{
    private readonly Dictionary<string, ImmutableArray<PendingEviction>> _forwarded = [];
    private ImmutableArray<PodEviction> _asked = [];

    /// <summary>What the control plane asks.</summary>
    /// <returns>The works that it concerns.</returns>
    public IEnumerable<string> Set(ImmutableArray<PodEviction> evictions)
    {
        if (evictions.SequenceEqual(_asked))
            return [];
        var concerned = evictions.Concat(_asked).Select(eviction => members.Owners.Find(eviction) is { Pod: var pod } ? MemberIntake.UidOf(pod) : "").ToHashSet();
        _asked = evictions;
        return concerned;
    }

    /// <summary>Those of a work's pods that are there.</summary>
    public ImmutableArray<PendingEviction> Of(string uid) => _asked.IsEmpty ? [] :
    [
        .. from eviction in _asked
           let found = members.Owners.Find(eviction)
           where found is not null && MemberIntake.UidOf(found.Value.Pod) == uid
           let pod = found.Value.Pod
           let index = int.TryParse(pod.Metadata.Labels.GetValueOrDefault(PodLabels.Ordinal), CultureInfo.InvariantCulture, out var number) ? number : (int?)null
           select new PendingEviction(eviction, found.Value.Owner.Name, PodReadiness.IsReady(pod), index),
    ];

    /// <summary>Tells the nodes which pods of a work shall stop now.</summary>
    public void Forward(string uid, ImmutableArray<PendingEviction> evictions)
    {
        var before = _forwarded.GetValueOrDefault(uid, []);
        if (evictions.IsEmpty)
            _forwarded.Remove(uid);
        else
            _forwarded[uid] = evictions;
        foreach (var node in before.Concat(evictions).Select(eviction => eviction.Node).Distinct())
            members.Find(node)?.Outbox.SetEvictions([.. _forwarded.Values.SelectMany(all => all).Where(eviction => eviction.Node == node).Select(eviction => eviction.Eviction)]);
    }
}
