using System.Text;
using System.Text.Json;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Paths and queries of the engine's API.</summary>
internal static class DockerPath
{
    public static string Container(string container, string? action = null) =>
        action is null ? $"containers/{Uri.EscapeDataString(container)}" : $"containers/{Uri.EscapeDataString(container)}/{action}";

    /// <summary>Parameters whose value is null are left out.</summary>
    public static string WithQuery(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var text = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (value is null)
                continue;
            text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return text.ToString();
    }

    /// <summary>The JSON the engine expects in "filters"; null when nothing is filtered.</summary>
    public static string? Filters(params ReadOnlySpan<(string Name, IReadOnlyCollection<string> Values)> filters)
    {
        var map = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (name, values) in filters)
        {
            if (values.Count > 0)
                map[name] = [.. values];
        }

        return map.Count == 0 ? null : JsonSerializer.Serialize(map, DockerJson.Default.DictionaryStringStringArray);
    }

    public static string Flag(bool value) => value ? "1" : "0";

    /// <summary>"seconds.nanoseconds" since 1970.</summary>
    public static string UnixTime(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        return $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond * 100:000000000}";
    }
}
