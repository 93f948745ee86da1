using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Domain.Pets;
using Federation.Domain.Scheduling.Jobs;

namespace Federation.Domain.Works;

/// <summary>Derives what a cluster is asked to run from the placed object itself: works are not stored.</summary>
/// <remarks>
/// <code>
/// the object    the cluster's share   the stream says
/// any           none                  nothing
/// lives         Active, Leaving       a work
/// lives         Withdrawing           a tombstone
/// lives         Away                  nothing: the cluster lost its share unheard, a plan speaks first
/// is deleting   any                   a tombstone
/// </code>
/// The pets of a set that is being deleted leave one by one: its clusters have works until the last is gone, and what it left is deleted.
/// </remarks>
public static class WorkRenderer
{
    /// <summary>As <see cref="Render(PlacedResource, string, Func{ObjectKey, string?}, PetNaming?)"/>, without ConfigMaps and Secrets.</summary>
    public static WorkRendering Render(PlacedResource placed, string cluster) => Render(placed, cluster, static _ => null);

    /// <param name="placed">With its revision in <c>metadata.resourceVersion</c>: the work carries it.</param>
    /// <param name="cluster">The cluster whose stream is written.</param>
    /// <param name="versionOf">The version of a ConfigMap or Secret; null: it does not exist. The work names them without contents.</param>
    /// <param name="naming">How pets find each other; null: they need not.</param>
    public static WorkRendering Render(PlacedResource placed, string cluster, Func<ObjectKey, string?> versionOf, PetNaming? naming = null)
    {
        var share = placed.Shares.FirstOrDefault(candidate => candidate.Cluster == cluster);
        return (share, placed.IsDeleting && placed is not PetSet { HasPets: true }) switch
        {
            (null, _) => WorkRendering.Silent.Instance,
            (_, true) => new WorkRendering.Remove(TombstoneOf(placed, "Deleted")),
            ({ Phase: SharePhase.Withdrawing }, _) => new WorkRendering.Remove(TombstoneOf(placed, "Withdrawn")),
            ({ Phase: SharePhase.Active or SharePhase.Leaving }, _) => new WorkRendering.Run(WorkOf(placed, share, naming ?? PetNaming.None) with { Data = WorkDataRenderer.Outline(placed, versionOf) }),
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
        && PetWorkRenderer.AreTheSame(left.Pets, right.Pets)
        && SnapshotWorkRenderer.AreTheSame(left.Snapshots, right.Snapshots)
        && left.TemplateHash == right.TemplateHash
        && left.Expose.SequenceEqual(right.Expose)
        && WorkDataRenderer.AreTheSame(left.Data, right.Data)
        && AreTheSame(left.Images, right.Images);

    /// <summary>Whether images stand for the same bytes.</summary>
    internal static bool AreTheSame(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right) =>
        left.Count == right.Count && left.All(pin => right.GetValueOrDefault(pin.Key) == pin.Value);

    private static Work WorkOf(PlacedResource placed, ClusterShare share, PetNaming naming)
    {
        placed = (PlacedResource)Kinds.Of(placed).Default(placed);
        var hash = TemplateHash.Of(placed.Template);
        var pets = placed is PetSet set ? PetWorkRenderer.PetsOf(set, share.Cluster, hash, naming) : null;
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
            Pets = pets,
            Snapshots = placed is PetSnapshot snapshot ? SnapshotWorkRenderer.SnapshotsOf(snapshot, share.Cluster) : null,
            TemplateHash = hash,
            Template = placed.Template,
            Expose = [.. PortsOf(placed, pets)],
            Images = placed.PinnedImages is { } pins && pins.TemplateHash == hash ? pins.References : new Dictionary<string, string>(),
        };
    }

    private static WorkMode ModeOf(PlacedResource placed) => placed switch
    {
        Daemon => WorkMode.PerNode,
        Job => WorkMode.Completions,
        PetSet => WorkMode.Pets,
        PetSnapshot => WorkMode.Snapshots,
        _ => WorkMode.Replicas,
    };

    private static WorkCompletions CompletionsOf(Job job, ClusterShare share) => new()
    {
        Indexes = share.Indexes ?? "",
        Parallelism = share.Replicas,
        BackoffLimit = job.Spec.BackoffLimit ?? 0,
        Deadline = JobStatusPlanner.DeadlineOf(job, job.Status),
    };

    private static IEnumerable<WorkPort> PortsOf(PlacedResource placed, WorkPets? pets)
    {
        var containers = placed.Template.Spec.Containers;
        return placed is PetSet set && pets is not null
            ? PetWorkRenderer.PortsOf(set, pets, expose => PortOf(expose, containers))
            : placed.Exposed.Select(expose => PortOf(expose, containers)).OfType<WorkPort>();
    }

    /// <summary>
    /// Whether the cluster must be told again, though it is asked the same as before: somebody waits for its word about a later revision than the one it was told.
    /// A share, or a pet, came and went again between two looks.
    /// </summary>
    public static bool MustRepeat(PlacedResource placed, string cluster, WorkRendering before) => before switch
    {
        WorkRendering.Remove removal => placed.Shares.FirstOrDefault(share => share.Cluster == cluster)?.WithdrawnAfter is { } after && removal.Tombstone.Revision <= after,
        WorkRendering.Run run when placed is PetSnapshot snapshot => snapshot.Status.Discards.Any(discard => discard.Cluster == cluster && discard.After >= run.Work.Revision),
        WorkRendering.Run run => placed is PetSet set && (
            set.Status.Pets.Any(pet => pet.Cluster == cluster && ((pet.IsLeaving() && pet.Release!.After >= run.Work.Revision) || pet.KeptUntil >= run.Work.Revision))
            || set.Status.Pets.Any(pet => pet.Move is { } move && move.To == cluster && move.After >= run.Work.Revision)
            || set.Status.Pets.Any(pet => pet.Restore is { } restore && restore.To == cluster && restore.After >= run.Work.Revision)
            || set.Status.Leftovers.Any(leftover => leftover.Cluster == cluster && leftover.After >= run.Work.Revision)),
        _ => false,
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
