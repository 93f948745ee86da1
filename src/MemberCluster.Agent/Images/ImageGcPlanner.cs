using System.Collections.Immutable;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Images;

/// <summary>An image that this agent once pulled.</summary>
/// <param name="Id">The engine's id.</param>
/// <param name="LastUsed">When a container of it was last seen, or when it was pulled.</param>
internal sealed record PulledImage(string Id, DateTimeOffset LastUsed);

/// <summary>What a decision on images rests on.</summary>
internal sealed record ImageGcInput
{
    /// <summary>All images of the engine.</summary>
    public required ImmutableArray<Image> Images { get; init; }

    /// <summary>Those that this agent pulled; others are not its to remove.</summary>
    public required ImmutableArray<PulledImage> Pulled { get; init; }

    /// <summary>Ids of images of which there is any container, whoever made it and whether it runs or not.</summary>
    public required ImmutableHashSet<string> InUse { get; init; }

    /// <summary>References that the works name that are held.</summary>
    public required ImmutableHashSet<string> Named { get; init; }

    /// <summary>Of the engine's disk; null: it is on another machine.</summary>
    public required long? DiskTotalBytes { get; init; }
    public required long? DiskFreeBytes { get; init; }

    /// <summary>Percent of the disk above which images are removed.</summary>
    public required int High { get; init; }

    /// <summary>Percent of the disk down to which they are.</summary>
    public required int Low { get; init; }
}

/// <summary>Decides which images go when the engine's disk gets full: of those that this agent pulled and nobody needs, the least recently used first. Pure.</summary>
/// <remarks>
/// <code>
/// kept, however full the disk is    | because
/// not pulled by this agent          | somebody put it there, and may have no other copy
/// any container of it exists        | it runs, or its dead container may be started again
/// a held work names it              | it is needed at the next start, which may be while the registry is away
/// </code>
/// </remarks>
internal static class ImageGcPlanner
{
    public static ImmutableArray<Image> Plan(ImageGcInput input)
    {
        if (input.DiskTotalBytes is not ({ } total and > 0) || input.DiskFreeBytes is not { } free || UsedPercent(total, free) <= input.High)
            return [];
        var lastUsed = input.Pulled.GroupBy(pulled => pulled.Id).ToDictionary(group => group.Key, group => group.Max(pulled => pulled.LastUsed));
        var candidates = input.Images
            .Where(image => lastUsed.ContainsKey(image.Id) && !input.InUse.Contains(image.Id) && !IsNamed(image, input.Named))
            .OrderBy(image => lastUsed[image.Id]).ThenBy(image => image.Id, StringComparer.Ordinal);
        var plan = ImmutableArray.CreateBuilder<Image>();
        foreach (var image in candidates)
        {
            if (UsedPercent(total, free) <= input.Low)
                break;
            plan.Add(image);
            free += image.SizeBytes;
        }

        return plan.ToImmutable();
    }

    private static double UsedPercent(long total, long free) => 100.0 * (total - free) / total;

    private static bool IsNamed(Image image, ImmutableHashSet<string> named) => image.Tags.Concat(image.RepoDigests).Any(known => named.Contains(ImagePinning.Normal(known)));
}
