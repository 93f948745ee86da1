using System.Collections.Immutable;
using System.Globalization;
using Federation.Api.Nodes;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Reports;

/// <summary>Looks at the machine now and then: its disk, its memory, its images.</summary>
internal sealed class MachineSampler(IContainerRuntime runtime, ClusterState cluster, TimeProvider time)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    /// <summary>More would make every report of the node longer, for images that nobody asks for.</summary>
    public const int MostImages = 50;

    /// <summary>Of the whole.</summary>
    private const double Little = 0.05;

    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(3);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = FirstAfter;
        while (true)
        {
            await Task.Delay(pause, time, cancellationToken);
            pause = Period;
            try
            {
                var info = await runtime.GetInfoAsync(cancellationToken);
                var images = await runtime.Images.ListAsync(cancellationToken);
                var memory = File.Exists("/proc/meminfo") ? await File.ReadAllLinesAsync("/proc/meminfo", cancellationToken) : [];
                cluster.Observe(new MachineState(ImagesOf(images), DiskOf(info), MemoryOf(memory)));
            }
            catch (Exception exception) when (exception is RuntimeException or IOException)
            {
                // The watcher of the engine says so; what was seen last counts on.
            }
        }
    }

    /// <summary>As the engine lists them: the newest first.</summary>
    internal static ImmutableArray<NodeImage> ImagesOf(ImmutableArray<Image> images) =>
    [
        .. images.Select(image => new NodeImage { Names = [.. image.Tags.Concat(image.RepoDigests)], SizeBytes = image.SizeBytes })
            .Where(image => image.Names.Count > 0).Take(MostImages),
    ];

    internal static Trouble? DiskOf(EngineInfo info) => info is { DiskTotalBytes: > 0 and var total, DiskFreeBytes: { } free } && free < total * Little
        ? new Trouble("DiskNearlyFull", $"Less than {Little:0%} of the disk with {info.DataRoot} is free.")
        : null;

    /// <param name="lines">Of /proc/meminfo.</param>
    internal static Trouble? MemoryOf(IReadOnlyList<string> lines) =>
        Kibibytes(lines, "MemTotal:") is { } total && Kibibytes(lines, "MemAvailable:") is { } available && available < total * Little
            ? new Trouble("MemoryNearlyUsedUp", $"Less than {Little:0%} of the machine's memory is available.")
            : null;

    private static long? Kibibytes(IReadOnlyList<string> lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        && long.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var amount)
            ? amount
            : null;
}
