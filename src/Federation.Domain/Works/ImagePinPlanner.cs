using Federation.Api.Agents;
using Federation.Api.Apps;

namespace Federation.Domain.Works;

/// <summary>Decides which bytes an image's name stands for, everywhere: those that the first cluster found, for as long as the template stays. Pure.</summary>
public static class ImagePinPlanner
{
    /// <param name="pins">What was decided before.</param>
    /// <param name="template">The present template; another one than before is decided anew.</param>
    /// <param name="reports">What clusters say, in the order in which it counts.</param>
    /// <returns>The same instance when nothing changed; null: nothing is decided yet.</returns>
    public static ImagePins? Next(ImagePins? pins, PodTemplate template, IEnumerable<WorkStatus> reports)
    {
        var hash = TemplateHash.Of(template);
        var known = pins?.TemplateHash == hash ? pins : null;
        var images = template.Spec.InitContainers.Concat(template.Spec.Containers)
            .Where(container => container.ImagePullPolicy != ImagePullPolicy.Never).Select(container => container.Image).ToHashSet();
        Dictionary<string, string>? next = null;
        foreach (var report in reports.Where(report => report.TemplateHash == hash && report.Images is not null))
        {
            foreach (var (image, reference) in ImageDigests.Parse(report.Images).Where(pair => images.Contains(pair.Key)))
            {
                if (known?.References.ContainsKey(image) != true)
                    (next ??= new(known?.References ?? new Dictionary<string, string>())).TryAdd(image, reference);
            }
        }

        return next is null ? known : new ImagePins { TemplateHash = hash, References = next };
    }
}
