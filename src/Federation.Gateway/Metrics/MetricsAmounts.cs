using Federation.Api.Quantities;

namespace Federation.Gateway.Metrics;

internal static class MetricsAmounts
{
    public static Dictionary<string, Quantity> Of(long cpuMilli, long memoryBytes) => new()
    {
        ["cpu"] = Quantity.FromMilli(cpuMilli),
        ["memory"] = Quantity.FromValue(memoryBytes),
    };
}
