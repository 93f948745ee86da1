using Federation.Api.Meta;
using Federation.Api.Metrics;
using Federation.Api.Quantities;

namespace Federation.Gateway.Tables;

internal sealed class NodeMetricsColumns : ITableColumns
{
    public string Kind => NodeMetrics.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } = MetricsCells.Columns(static resource => [((NodeMetrics)resource).Usage], static resource => ((NodeMetrics)resource).Window);
}

internal sealed class PodMetricsColumns : ITableColumns
{
    public string Kind => PodMetrics.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
        MetricsCells.Columns(static resource => ((PodMetrics)resource).Containers.Select(container => container.Usage), static resource => ((PodMetrics)resource).Window);
}

internal static class MetricsCells
{
    private const long Mebibyte = 1024 * 1024;

    public static IReadOnlyList<TableColumn> Columns(Func<Resource, IEnumerable<IReadOnlyDictionary<string, Quantity>>> usages, Func<Resource, TimeSpan> window) =>
    [
        CommonColumns.Name,
        new("CPU", "Cores in use.", (resource, _) => $"{usages(resource).Sum(usage => usage.GetValueOrDefault("cpu").Milli)}m"),
        new("Memory", "Memory in use that cannot be reclaimed.", (resource, _) => $"{usages(resource).Sum(usage => usage.GetValueOrDefault("memory").Value) / Mebibyte}Mi"),
        new("Window", "Over how long the load was measured.", (resource, _) => HumanDuration.Format(window(resource))),
    ];
}
