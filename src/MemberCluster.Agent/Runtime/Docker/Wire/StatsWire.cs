using System.Text.Json.Serialization;

namespace MemberCluster.Agent.Runtime.Docker.Wire;

internal sealed record StatsWire
{
    [JsonPropertyName("read")]
    public DateTimeOffset Read { get; init; }

    [JsonPropertyName("cpu_stats")]
    public CpuStatsWire? Cpu { get; init; }

    [JsonPropertyName("memory_stats")]
    public MemoryStatsWire? Memory { get; init; }

    [JsonPropertyName("networks")]
    public Dictionary<string, NetworkStatsWire>? Networks { get; init; }

    [JsonPropertyName("pids_stats")]
    public PidsStatsWire? Pids { get; init; }
}

internal sealed record CpuStatsWire
{
    [JsonPropertyName("cpu_usage")]
    public CpuUsageWire? Usage { get; init; }
}

internal sealed record CpuUsageWire
{
    /// <summary>Nanoseconds.</summary>
    [JsonPropertyName("total_usage")]
    public ulong Total { get; init; }
}

internal sealed record MemoryStatsWire
{
    [JsonPropertyName("usage")]
    public ulong Usage { get; init; }

    [JsonPropertyName("limit")]
    public ulong Limit { get; init; }

    /// <summary>"inactive_file" on cgroup v2, "total_inactive_file" on v1, and much more.</summary>
    [JsonPropertyName("stats")]
    public Dictionary<string, ulong>? Stats { get; init; }
}

internal sealed record NetworkStatsWire
{
    [JsonPropertyName("rx_bytes")]
    public ulong Received { get; init; }

    [JsonPropertyName("tx_bytes")]
    public ulong Sent { get; init; }
}

internal sealed record PidsStatsWire
{
    [JsonPropertyName("current")]
    public ulong Current { get; init; }
}
