using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Domain.Scheduling.Jobs;

namespace Federation.Domain.Works;

/// <summary>Derives what a cluster is asked to run from the placed object itself: works are not stored.</summary>
/// <remarks>
/// <code>
/// the object    the cluster's share   the stream says
/// any           none                  nothing
/// lives         Active                a work
/// lives         Withdrawing           a tombstone
/// lives         Away                  nothing: the cluster lost its share unheard, a plan speaks first
/// is deleting   any                   a tombstone
/// </code>
/// </remarks>
public static class WorkRenderer
{
    /// <summary>As <see cref="Render(PlacedResource, string, Func{ObjectKey, string?})"/>, without ConfigMaps and Secrets.</summary>
    public static WorkRendering Render(PlacedResource placed, string cluster) => Render(placed, cluster, static _ => null);

    /// <param name="placed">With its revision in <c>metadata.resourceVersion</c>: the work carries it.</param>
    /// <param name="cluster">The cluster whose stream is written.</param>
    /// <param name="versionOf">The version of a ConfigMap or Secret; null: it does not exist. The work names them without contents.</param>
    public static WorkRendering Render(PlacedResource placed, string cluster, Func<ObjectKey, string?> versionOf)
    {
        var share = placed.Shares.FirstOrDefault(candidate => candidate.Cluster == cluster);
        return (share, placed.IsDeleting) switch
        {
            (null, _) => WorkRendering.Silent.Instance,
            (_, true) => new WorkRendering.Remove(TombstoneOf(placed, "Deleted")),
            ({ Phase: SharePhase.Withdrawing }, _) => new WorkRendering.Remove(TombstoneOf(placed, "Withdrawn")),
            ({ Phase: SharePhase.Active }, _) => new WorkRendering.Run(WorkOf(placed, share) with { Data = WorkDataRenderer.Outline(placed, versionOf) }),
            _ => WorkRendering.Silent.Instance,
        };
    }

    /// <summary>The order to remove the object, at its present revision.</summary>
    public static Tombstone TombstoneOf(PlacedResource placed, string reason) => new()
    {
        Uid = placed.Metadata.Uid ?? "",
        Kind = placed.Kind,
        Namespace = placed.Metadata.Namespace ?? "",
        Name = placed.Metadata.Name,
        Revision = placed.Revision() ?? 0,
        Reason = reason,
    };

    /// <summary>Whether two renderings ask the same of the cluster: most changes of an object are its status, and are not sent.</summary>
    /// <remarks>Revisions are not compared. Equal template hashes are equal templates.</remarks>
    public static bool AsksTheSame(WorkRendering left, WorkRendering right) => (left, right) switch
    {
        (WorkRendering.Run a, WorkRendering.Run b) => AsksTheSame(a.Work, b.Work),
        (WorkRendering.Remove a, WorkRendering.Remove b) => a.Tombstone with { Revision = 0 } == b.Tombstone with { Revision = 0 },
        (WorkRendering.Silent, WorkRendering.Silent) => true,
        _ => false,
    };

    /// <inheritdoc cref="AsksTheSame(WorkRendering, WorkRendering)"/>
    public static bool AsksTheSame(Work left, Work right) =>
        left.Uid == right.Uid
        && left.Kind == right.Kind
        && left.Namespace == right.Namespace
        && left.Name == right.Name
        && left.Generation == right.Generation
        && left.Mode == right.Mode
        && left.Replicas == right.Replicas
        && left.Completions == right.Completions
        && left.TemplateHash == right.TemplateHash
        && left.Expose.SequenceEqual(right.Expose)
        && WorkDataRenderer.AreTheSame(left.Data, right.Data)
        && left.Images.Count == right.Images.Count && left.Images.All(pin => right.Images.GetValueOrDefault(pin.Key) == pin.Value);

    private static Work WorkOf(PlacedResource placed, ClusterShare share)
    {
        placed = (PlacedResource)Kinds.Of(placed).Default(placed);
        var hash = TemplateHash.Of(placed.Template);
        return new Work
        {
            Uid = placed.Metadata.Uid ?? "",
            Kind = placed.Kind,
            Namespace = placed.Metadata.Namespace ?? "",
            Name = placed.Metadata.Name,
            Revision = placed.Revision() ?? 0,
            Generation = placed.Metadata.Generation,
            Mode = ModeOf(placed),
            Replicas = ModeOf(placed) == WorkMode.Replicas ? share.Replicas : 0,
            Completions = placed is Job job ? CompletionsOf(job, share) : null,
            TemplateHash = hash,
            Template = placed.Template,
            Expose = [.. placed.Exposed.Select(expose => PortOf(expose, placed.Template.Spec.Containers)).OfType<WorkPort>()],
            Images = placed.PinnedImages is { } pins && pins.TemplateHash == hash ? pins.References : new Dictionary<string, string>(),
        };
    }

    private static WorkMode ModeOf(PlacedResource placed) => placed switch
    {
        Daemon => WorkMode.PerNode,
        Job => WorkMode.Completions,
        _ => WorkMode.Replicas,
    };

    private static WorkCompletions CompletionsOf(Job job, ClusterShare share) => new()
    {
        Indexes = share.Indexes ?? "",
        Parallelism = share.Replicas,
        BackoffLimit = job.Spec.BackoffLimit ?? 0,
        Deadline = JobStatusPlanner.DeadlineOf(job, job.Status),
    };

    /// <summary>Null: the port leads nowhere. Validation refuses such an app, so this is one written by another version.</summary>
    private static WorkPort? PortOf(ExposeSpec expose, IReadOnlyList<ContainerSpec> containers)
    {
        var target = Resolve(expose.TargetPort ?? expose.Port, containers);
        return target is null ? null : new WorkPort { Name = expose.Name ?? "", Protocol = expose.Protocol ?? "TCP", Port = expose.Port, TargetPort = target.Value };
    }

    private static int? Resolve(IntOrString port, IReadOnlyList<ContainerSpec> containers) =>
        port.Number ?? containers.SelectMany(container => container.Ports).FirstOrDefault(candidate => candidate.Name == port.Text)?.Port;
}
