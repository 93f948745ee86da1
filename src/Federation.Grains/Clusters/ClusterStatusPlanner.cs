using Federation.Api.Clusters;
using Federation.Api.Meta;

namespace Federation.Grains.Clusters;

/// <summary>Says what a cluster's status should be. Pure and total; an unchanged input gives an equal status, so nothing is written.</summary>
internal static class ClusterStatusPlanner
{
    public static ClusterStatus Plan(Cluster cluster, ClusterSigns signs)
    {
        var status = cluster.Status with
        {
            Allocated = signs.Allocated,
            LongestTtl = signs.LongestTtl,
            Latencies = signs.Latencies ?? cluster.Status.Latencies,
            Orphans = signs.Orphans ?? cluster.Status.Orphans,
            Tombstones = signs.Gone.Count == 0 ? cluster.Status.Tombstones : [.. cluster.Status.Tombstones.Where(tombstone => !signs.Gone.Contains(tombstone.Uid))],
            Evictions = signs.Stopped.Count == 0 ? cluster.Status.Evictions : [.. cluster.Status.Evictions.Where(eviction => !signs.Stopped.Contains(eviction.Uid))],
        };
        if (signs.Inventory is { } inventory)
        {
            status = status with
            {
                Capacity = inventory.Capacity,
                Nodes = inventory.Nodes,
                SnapshotNodes = inventory.SnapshotNodes,
                Addresses = inventory.Addresses,
                Architecture = inventory.Architecture,
                AgentVersion = inventory.AgentVersion,
                EngineVersion = inventory.EngineVersion,
                Conditions = status.Conditions.With(EngineFailing(inventory), signs.Now),
            };
        }

        status = status with { Conditions = WithFence(status.Conditions, signs) };
        return Ready(cluster, signs) is { } ready ? status with { Conditions = status.Conditions.With(ready, signs.Now) } : status;
    }

    private static IReadOnlyList<Condition> WithFence(IReadOnlyList<Condition> conditions, ClusterSigns signs) => signs.Fence switch
    {
        FenceSign.NoPets => conditions.Without(ClusterConditions.Fenced),
        FenceSign.Permitted => conditions.With(
            new Condition { Type = ClusterConditions.Fenced, Status = ConditionStatus.False, Reason = ClusterReasons.Permitted, Message = "Fenced pets may run here." },
            signs.Now),
        FenceSign.Fenced => conditions.With(
            new Condition
            {
                Type = ClusterConditions.Fenced,
                Status = ConditionStatus.True,
                Reason = ClusterReasons.PermissionEnded,
                Message = "No fenced pet can run here any more: the last permission is over.",
            },
            signs.Now),
        _ => conditions,
    };

    /// <summary>
    /// | leaving | lease   | reported | engine  | Ready                       |
    /// |---------|---------|----------|---------|-----------------------------|
    /// | yes     | any     | yes      | any     | False, AgentLeft            |
    /// | no      | expired | any      | any     | Unknown, LeaseExpired (*)   |
    /// | no      | holds   | no       | any     | as it was, or Unknown       |
    /// | no      | holds   | yes      | refuses | False, the engine's problem |
    /// | no      | holds   | yes      | works   | True                        |
    /// (*) unless it was False before: who left, or was broken, before it went silent is not less gone for that.
    /// </summary>
    /// <returns>Null: the condition stays as it is.</returns>
    private static Condition? Ready(Cluster cluster, ClusterSigns signs)
    {
        var current = cluster.Status.Conditions.Find(ClusterConditions.Ready);
        if (signs.Leaving)
            return Of(ConditionStatus.False, ClusterReasons.AgentLeft, "The agent said that it stops; its pods go on running.");
        if (signs.LeaseExpired)
            return current?.Status == ConditionStatus.False ? null : Of(ConditionStatus.Unknown, ClusterReasons.LeaseExpired, "No report arrived for a whole lease.");
        if (signs.LastReport is null)
            return current is null ? Of(ConditionStatus.Unknown, ClusterReasons.WaitingForAgent, "The agent has joined and not reported yet.") : null;
        if (signs.Inventory?.EngineProblem is { } problem && problem != ClusterReasons.DiskFull)
            return Of(ConditionStatus.False, problem, signs.Inventory.EngineMessage ?? "The container engine cannot be used.");
        return Of(ConditionStatus.True, ClusterReasons.AgentReports, "The agent reports and its lease holds.");
    }

    private static Condition EngineFailing(Api.Agents.ClusterInventory inventory) => inventory.EngineProblem is { } problem
        ? new Condition { Type = ClusterConditions.EngineFailing, Status = ConditionStatus.True, Reason = problem, Message = inventory.EngineMessage ?? problem }
        : new Condition
        {
            Type = ClusterConditions.EngineFailing,
            Status = ConditionStatus.False,
            Reason = ClusterReasons.EngineHealthy,
            Message = "The container engine takes work.",
        };

    private static Condition Of(ConditionStatus status, string reason, string message) =>
        new() { Type = ClusterConditions.Ready, Status = status, Reason = reason, Message = message };
}
