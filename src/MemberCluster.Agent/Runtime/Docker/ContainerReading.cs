using System.Collections.Immutable;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>The engine's answers about containers, as the port's records. Pure.</summary>
internal static class ContainerReading
{
    private const string SharedNetwork = "container:";

    public static ContainerSummary ToSummary(ContainerListItemWire wire) => new()
    {
        Id = wire.Id ?? "",
        Name = (wire.Names?.FirstOrDefault() ?? "").TrimStart('/'),
        Image = wire.Image ?? "",
        ImageId = wire.ImageID ?? "",
        Labels = ToLabels(wire.Labels),
        State = ToState(wire.State),
        CreatedAt = DateTimeOffset.FromUnixTimeSeconds(wire.Created),
        IpAddress = AddressIn(wire.NetworkSettings),
    };

    public static Container ToContainer(ContainerWire wire)
    {
        var state = wire.State ?? new ContainerStateWire();
        var status = ToState(state.Status);
        var isLive = status is ContainerState.Running or ContainerState.Paused or ContainerState.Restarting;
        var started = ToTime(state.StartedAt);
        var mode = wire.HostConfig?.NetworkMode ?? "";
        return new Container
        {
            Id = wire.Id ?? "",
            Name = (wire.Name ?? "").TrimStart('/'),
            Image = wire.Config?.Image ?? "",
            ImageId = wire.Image ?? "",
            Labels = ToLabels(wire.Config?.Labels),
            State = status,
            CreatedAt = wire.Created,
            StartedAt = started,
            FinishedAt = ToTime(state.FinishedAt),
            // A container that failed to start has an exit code (126, 127, 128) and words, but no start.
            ExitCode = isLive || (status is ContainerState.Created && state.ExitCode == 0) ? null : state.ExitCode,
            OomKilled = state.OOMKilled,
            Error = string.IsNullOrEmpty(state.Error) ? null : state.Error,
            Pid = state.Pid > 0 ? state.Pid : null,
            IpAddress = AddressIn(wire.NetworkSettings),
            SharesNetworkOf = mode.StartsWith(SharedNetwork, StringComparison.Ordinal) ? mode[SharedNetwork.Length..] : null,
            Health = state.Health?.Status is { Length: > 0 } health and not "none" ? health : null,
        };
    }

    public static ContainerStats ToStats(StatsWire wire, DateTimeOffset now)
    {
        var usage = (long)(wire.Memory?.Usage ?? 0);
        var stats = wire.Memory?.Stats;
        var cache = stats is null ? 0 : (long)(stats.TryGetValue("total_inactive_file", out var v1) ? v1 : stats.GetValueOrDefault("inactive_file"));
        return new ContainerStats
        {
            At = ToTime(wire.Read) ?? now,
            CpuTime = TimeSpan.FromTicks((long)((wire.Cpu?.Usage?.Total ?? 0) / 100)),
            MemoryBytes = usage,
            MemoryWorkingSetBytes = Math.Max(0, usage - cache),
            MemoryLimitBytes = (long)(wire.Memory?.Limit ?? 0),
            NetworkReceivedBytes = wire.Networks?.Values.Sum(network => (long)network.Received) ?? 0,
            NetworkSentBytes = wire.Networks?.Values.Sum(network => (long)network.Sent) ?? 0,
            Processes = (int)(wire.Pids?.Current ?? 0),
        };
    }

    public static ImmutableDictionary<string, string> ToLabels(Dictionary<string, string>? labels) =>
        labels is null ? ImmutableDictionary<string, string>.Empty : labels.ToImmutableDictionary(StringComparer.Ordinal);

    private static ContainerState ToState(string? status) => status switch
    {
        "created" => ContainerState.Created,
        "running" => ContainerState.Running,
        "paused" => ContainerState.Paused,
        "restarting" => ContainerState.Restarting,
        "removing" => ContainerState.Removing,
        "exited" => ContainerState.Exited,
        // "dead", and whatever an engine may invent: not usable.
        _ => ContainerState.Dead,
    };

    /// <summary>Engines write year 1 for "never".</summary>
    private static DateTimeOffset? ToTime(DateTimeOffset time) => time.Year <= 1 ? null : time;

    private static string? AddressIn(NetworkSettingsWire? settings) =>
        settings?.Networks?.Values.Select(endpoint => endpoint.IPAddress).FirstOrDefault(address => !string.IsNullOrEmpty(address));
}
