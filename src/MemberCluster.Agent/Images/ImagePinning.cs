using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Images;

/// <summary>Which bytes the names of images stand for: what the control plane has decided, and what this machine found. Pure.</summary>
internal static class ImagePinning
{
    private static readonly string[] Implied = ["index.docker.io/library/", "docker.io/library/", "index.docker.io/", "docker.io/"];

    /// <summary>What to run: the decided bytes, or the image as it is named. What may not be pulled is run as the machine has it.</summary>
    public static string ReferenceOf(ContainerSpec container, Work work) => Decided(container, work) ?? container.Image;

    /// <summary>The decided bytes; null: nothing is decided.</summary>
    public static string? Decided(ContainerSpec container, Work work) =>
        container.ImagePullPolicy == ImagePullPolicy.Never ? null : work.Images.GetValueOrDefault(container.Image);

    /// <summary>What the pods of the present template run, where nothing is decided yet.</summary>
    public static string? Found(Work work, ImmutableArray<ObservedPod> pods)
    {
        var found = new Dictionary<string, string>();
        foreach (var pod in pods.Where(pod => !pod.IsStopping && pod.Identity.TemplateHash == work.TemplateHash))
        {
            foreach (var container in pod.Containers)
            {
                if (work.Template.Spec.Find(container.Slot) is { } template && CanBePinned(template) && Decided(template, work) is null
                    && DigestOf(container, template.Image) is { } digest)
                    found.TryAdd(template.Image, digest);
            }
        }

        return ImageDigests.Format(found);
    }

    /// <summary>Whether a container runs other bytes than were decided. An image that no registry gave is nobody's to compare.</summary>
    public static bool RunsOther(ObservedPod pod, Work work) =>
        work.Images.Count > 0 && pod.Latest.Any(container =>
            work.Template.Spec.Find(container.Slot) is { } template && Decided(template, work) is { } pin && RunsOther(container, template.Image, pin));

    /// <summary>What the registry of that name calls the container's image; null: it did not give it.</summary>
    public static string? DigestOf(ObservedContainer container, string image) => container.RepoDigests
        .Select(digest => ImageReference.TryParse(digest, out var parsed) ? parsed : null)
        .FirstOrDefault(digest => digest?.Digest is not null && NameOf(digest.Name) == NameOf(image)) is { } found ? $"{NameWithoutTag(image)}@{found.Digest}" : null;

    /// <summary>Every reference that the works may need, as <see cref="Normal"/> writes it.</summary>
    public static ImmutableHashSet<string> NamedBy(IEnumerable<Work> works) =>
    [
        .. from held in works
           from work in held.Pets is { } pets ? pets.Earlier.Select(earlier => held.AsOf(earlier.Hash)).Prepend(held) : [held]
           from container in work.Template.Spec.InitContainers.Concat(work.Template.Spec.Containers)
           from reference in (string?[])[container.Image, work.Images.GetValueOrDefault(container.Image)]
           where reference is not null
           select Normal(reference),
    ];

    /// <summary>One way to write each reference.</summary>
    public static string Normal(string reference) =>
        ImageReference.TryParse(reference, out var parsed) ? (parsed with { Name = NameOf(parsed.Name) }).ToString() : reference;

    private static bool RunsOther(ObservedContainer container, string image, string pin) =>
        container.Image != pin
        && DigestOf(container, image) is not null
        && ImageReference.TryParse(pin, out var decided)
        && !container.RepoDigests.Any(digest => digest.EndsWith("@" + decided.Digest, StringComparison.Ordinal));

    private static bool CanBePinned(ContainerSpec container) => container.ImagePullPolicy != ImagePullPolicy.Never && !container.Image.Contains('@');

    private static string NameWithoutTag(string image) => ImageReference.TryParse(image, out var parsed) ? parsed.Name : image;

    /// <summary>Without tag, and without what every engine adds.</summary>
    private static string NameOf(string image)
    {
        var name = NameWithoutTag(image);
        return Implied.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } implied ? name[implied.Length..] : name;
    }
}
