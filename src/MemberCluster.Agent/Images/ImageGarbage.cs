using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Images;

/// <summary>Looks at the engine's disk now and then, and removes the images that <see cref="ImageGcPlanner"/> names.</summary>
internal sealed partial class ImageGarbage(
    IContainerRuntime runtime, PulledImages pulled, Func<IEnumerable<Work>> held, ImageGcLimits limits, AgentEvents events, TimeProvider time, ILogger<ImageGarbage> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await LookAsync(cancellationToken);
            }
            catch (RuntimeException exception)
            {
                LogFailed(exception.Message);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (pulled.All.IsEmpty)
            return;
        // The containers first: one that is made meanwhile has an image that a work names.
        var containers = await runtime.Containers.ListAsync(ContainerFilter.All, cancellationToken);
        var images = await runtime.Images.ListAsync(cancellationToken);
        var used = containers.Select(container => container.ImageId).ToImmutableHashSet();
        pulled.Seen(images.Select(image => image.Id).ToHashSet(), used, time.GetUtcNow());
        var info = await runtime.GetInfoAsync(cancellationToken);
        var plan = ImageGcPlanner.Plan(new ImageGcInput
        {
            Images = images,
            Pulled = pulled.All,
            InUse = used,
            Named = ImagePinning.NamedBy(held()),
            DiskTotalBytes = info.DiskTotalBytes,
            DiskFreeBytes = info.DiskFreeBytes,
            High = limits.High,
            Low = limits.Low,
        });
        foreach (var image in plan)
            await RemoveAsync(image, cancellationToken);
    }

    /// <summary>By each of its names, without force: the engine refuses what is used after all.</summary>
    private async Task RemoveAsync(Image image, CancellationToken cancellationToken)
    {
        string[] names = image.Tags.IsEmpty ? [.. image.RepoDigests] : [.. image.Tags];
        var name = names.Length == 0 ? image.Id : names[0];
        try
        {
            foreach (var reference in names.Length == 0 ? [image.Id] : names)
                await runtime.Images.RemoveAsync(reference, force: false, cancellationToken);
            LogRemoved(name);
            events.OfCluster(isWarning: false, "ImageRemoved", $"The engine's disk is more than {limits.High} % full: image {name} is removed, which nothing here uses");
        }
        catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.Conflict)
        {
            LogFailed(exception.Message);
        }
    }

    [LoggerMessage(EventId = 612, Level = LogLevel.Information, Message = "Image {Image} is removed: the disk gets full and nothing uses it")]
    private partial void LogRemoved(string image);

    [LoggerMessage(EventId = 613, Level = LogLevel.Warning, Message = "Unused images cannot be removed right now. {Problem}")]
    private partial void LogFailed(string problem);
}

/// <param name="High">Percent of the engine's disk above which unused images are removed.</param>
/// <param name="Low">Percent down to which.</param>
internal sealed record ImageGcLimits(int High, int Low);
