using Federation.Api.Agents;
using Federation.Api.Quantities;
using MemberCluster.Agent.ClusterRole.Members;

namespace MemberCluster.Agent.ClusterRole.Totals;

/// <summary>The machines of a cluster, summed up. Pure.</summary>
internal static class ClusterTotals
{
    /// <summary>See <see cref="ClusterInventory.EngineProblem"/>.</summary>
    public const string NodesSilent = "NodesSilent";

    /// <summary>A resource that is not stated would not bound anything: where no machine has said what it has, there is room for nothing.</summary>
    private static readonly IReadOnlyDictionary<string, Quantity> Nothing = new Dictionary<string, Quantity> { ["cpu"] = default, ["memory"] = default, ["pods"] = default }.AsReadOnly();

    public static ClusterInventory Of(IReadOnlyCollection<Member> members, string version)
    {
        var ready = members.Where(member => member.NotReady is null && member.Inventory is not null).OrderBy(member => member.Name, StringComparer.Ordinal).ToList();
        var capacity = new Dictionary<string, Quantity>();
        foreach (var (resource, amount) in ready.SelectMany(member => member.Inventory!.Capacity))
            capacity[resource] = capacity.TryGetValue(resource, out var sum) ? sum + amount : amount;

        // Of a region in which no machine takes work, one of them says why.
        var heard = members.Where(member => member is { IsHeard: true, Inventory: not null }).ToList();
        var failing = heard.All(member => member.Inventory!.EngineProblem is not null) ? heard.FirstOrDefault() : null;
        // A cluster that nothing is known of takes no work: it would be told to let go of what its machines go on running.
        var isSilent = members.Count > 0 && members.All(member => !member.IsHeard);
        var described = ready.FirstOrDefault() ?? members.FirstOrDefault(member => member.Inventory is not null);
        return new ClusterInventory
        {
            Capacity = ready.Count > 0 ? capacity : described?.Inventory?.Capacity ?? Nothing,
            Nodes = members.Count,
            SnapshotNodes = ready.Count(member => member.Inventory!.SnapshotNodes > 0),
            Addresses = [.. ready.SelectMany(member => member.Inventory!.Addresses).Distinct()],
            Architecture = described?.Inventory?.Architecture ?? "",
            AgentVersion = version,
            EngineVersion = described?.Inventory?.EngineVersion ?? "",
            EngineProblem = isSilent ? NodesSilent : failing?.Inventory?.EngineProblem,
            EngineMessage = isSilent ? $"None of the cluster's {members.Count} nodes is heard of; what they run runs on." : failing?.Inventory?.EngineMessage,
        };
    }
}
