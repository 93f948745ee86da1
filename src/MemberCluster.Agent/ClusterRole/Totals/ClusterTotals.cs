using Federation.Api.Agents;
using Federation.Api.Quantities;
using Federation.Domain.Scheduling;
using MemberCluster.Agent.ClusterRole.Members;

namespace MemberCluster.Agent.ClusterRole.Totals;

/// <summary>The machines of a cluster, summed up. Pure.</summary>
internal static class ClusterTotals
{
    /// <summary>See <see cref="ClusterInventory.EngineProblem"/>.</summary>
    public const string NodesSilent = "NodesSilent";

    /// <summary>A resource that is not stated would not bound anything: where no machine has said what it has, there is room for nothing.</summary>
    private static readonly IReadOnlyDictionary<string, Quantity> Nothing = new Dictionary<string, Quantity> { ["cpu"] = default, ["memory"] = default, ["pods"] = default }.AsReadOnly();

    /// <param name="members">All machines.</param>
    /// <param name="asked">What the works that the cluster is asked to run take.</param>
    /// <param name="version">The agent's.</param>
    public static ClusterInventory Of(IReadOnlyCollection<Member> members, ResourceAmounts asked, string version)
    {
        var ready = members.Where(member => member.NotReady is null && member.Inventory is not null).OrderBy(member => member.Name, StringComparer.Ordinal).ToList();
        // Of a region in which no machine takes work, one of them says why.
        var heard = members.Where(member => member is { IsHeard: true, Inventory: not null }).ToList();
        var failing = heard.All(member => member.Inventory!.EngineProblem is not null) ? heard.FirstOrDefault() : null;
        // A cluster that nothing is known of takes no work: it would be told to let go of what its machines go on running.
        var isSilent = members.Count > 0 && members.All(member => !member.IsHeard);
        var described = ready.FirstOrDefault() ?? members.FirstOrDefault(member => member.Inventory is not null);
        return new ClusterInventory
        {
            Capacity = ready.Count > 0 ? CapacityOf(ready, asked) : described?.Inventory?.Capacity ?? Nothing,
            Nodes = members.Count,
            SnapshotNodes = ready.Count(member => member.Inventory!.SnapshotNodes > 0),
            Addresses = AddressesOf(ready),
            Architecture = described?.Inventory?.Architecture ?? "",
            AgentVersion = version,
            EngineVersion = described?.Inventory?.EngineVersion ?? "",
            EngineProblem = isSilent ? NodesSilent : failing?.Inventory?.EngineProblem,
            EngineMessage = isSilent ? $"None of the cluster's {members.Count} nodes is heard of; what they run runs on." : failing?.Inventory?.EngineMessage,
        };
    }

    /// <summary>
    /// Clients are sent to machines that take pods: a machine that stops on purpose is drained or cordoned first. Where none takes any, all serve on.
    /// </summary>
    private static List<string> AddressesOf(List<Member> ready)
    {
        var all = ready.SelectMany(member => member.Inventory!.Addresses.Select(address => (member.IsClosed, Address: address))).ToList();
        var open = all.Where(address => !address.IsClosed).Select(address => address.Address).Distinct().ToList();
        return open.Count > 0 ? open : [.. all.Select(address => address.Address).Distinct()];
    }

    /// <summary>
    /// What is on machines that are drained or cordoned counts as long as it finds no room on others, and the rest of those machines does not: what is placed for it would find
    /// no machine.
    /// </summary>
    private static Dictionary<string, Quantity> CapacityOf(List<Member> ready, ResourceAmounts asked)
    {
        var open = Sum(ready.Where(member => !member.IsClosed));
        if (ready.TrueForAll(member => !member.IsClosed))
            return open;
        var (all, isAnyOpen) = (Sum(ready), open.Count > 0);
        foreach (var (resource, amount) in (ReadOnlySpan<(string, Quantity)>)[("cpu", Quantity.FromMilli(asked.CpuMilli)), ("memory", Quantity.FromValue(asked.MemoryBytes)), ("pods", Quantity.FromValue(asked.Pods))])
        {
            // What machines that take pods do not state does not bound them.
            if (isAnyOpen && !open.ContainsKey(resource))
                continue;
            var most = all.TryGetValue(resource, out var sum) && sum < amount ? sum : amount;
            if (open.GetValueOrDefault(resource) <= most)
                open[resource] = most;
        }

        return open;
    }

    private static Dictionary<string, Quantity> Sum(IEnumerable<Member> machines)
    {
        var capacity = new Dictionary<string, Quantity>();
        foreach (var (resource, amount) in machines.SelectMany(member => member.Inventory!.Capacity))
            capacity[resource] = capacity.TryGetValue(resource, out var sum) ? sum + amount : amount;
        return capacity;
    }
}
