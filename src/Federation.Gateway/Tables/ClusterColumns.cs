using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Gateway.Tables;

internal sealed class ClusterColumns : ITableColumns
{
    public string Kind => Cluster.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Region", "The region it serves.", static (resource, _) => CommonColumns.OrNone(((Cluster)resource).Spec.Region)),
        new("Zone", "The zone within the region.", static (resource, _) => CommonColumns.OrNone(((Cluster)resource).Spec.Zone)),
        new("Ready", "Whether its lease holds and its engine works.", static (resource, _) => Ready((Cluster)resource)),
        new("Address", "Where it offers exposed ports.", static (resource, _) => CommonColumns.Join(((Cluster)resource).EffectiveAddresses())),
        new("Pods", "Pods placed, of those it takes.", static (resource, _) => Used((Cluster)resource, "pods", Count)),
        new("CPU", "Cores requested, of those it has.", static (resource, _) => Used((Cluster)resource, "cpu", Cores)),
        new("Memory", "Memory requested, of what it has.", static (resource, _) => Used((Cluster)resource, "memory", Bytes)),
        CommonColumns.Age,
        new("Agent", "The agent's version.", static (resource, _) => CommonColumns.OrNone(((Cluster)resource).Status.AgentVersion)) { IsWide = true },
        new("Engine", "The container engine's version.", static (resource, _) => CommonColumns.OrNone(((Cluster)resource).Status.EngineVersion)) { IsWide = true },
        new("Nodes", "Machines.", static (resource, _) => ((Cluster)resource).Status.Nodes) { Type = "integer", IsWide = true },
    ];

    private static string Ready(Cluster cluster)
    {
        var ready = cluster.Status.Conditions.Find(ClusterConditions.Ready)?.Status ?? ConditionStatus.Unknown;
        var fenced = cluster.Status.Conditions.IsTrue(ClusterConditions.Fenced) ? ",Fenced" : "";
        return cluster.Spec.Unschedulable ? $"{ready}{fenced},SchedulingDisabled" : $"{ready}{fenced}";
    }

    private static string Used(Cluster cluster, string resource, Func<Quantity, string> format) =>
        cluster.Status.Capacity.TryGetValue(resource, out var capacity)
            ? $"{format(cluster.Status.Allocated.GetValueOrDefault(resource))}/{format(capacity)}"
            : CommonColumns.None;

    private static string Count(Quantity quantity) => quantity.Value.ToString();

    private static string Cores(Quantity quantity) => quantity.Milli % 1000 == 0 ? quantity.Value.ToString() : $"{quantity.Milli}m";

    /// <summary>In the largest binary unit that leaves at least a whole one, with one decimal below ten.</summary>
    private static string Bytes(Quantity quantity)
    {
        double amount = quantity.Value;
        var unit = 0;
        string[] units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
        while (amount >= 1024 && unit < units.Length - 1)
            (amount, unit) = (amount / 1024, unit + 1);
        return (amount < 10 ? amount.ToString("0.#") : amount.ToString("0")) + units[unit];
    }
}
