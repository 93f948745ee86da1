using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Meta;
using Federation.Api.Pets;

namespace Federation.Dns.Zones;

/// <summary>Apps without what no name depends on, so that a zone of many apps does not hold their templates in memory; and what many of them say alike is held once.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class AppFacts
{
    private static readonly PodTemplate NoTemplate = new();
    private static readonly PlacementSpec NoPlacement = new();
    private static readonly DaemonPlacement NoChoice = new();
    private static readonly PetPlacement NoPets = new();

    private readonly Pool<ClusterShare> _shares = new();
    private readonly ListPool<ExposeSpec, AppSpec> _specs = new();
    private readonly ListPool<ClusterShare, AppStatus> _statuses = new();

    public PlacedResource Of(PlacedResource app)
    {
        var metadata = new ObjectMeta
        {
            Name = app.Metadata.Name,
            Namespace = app.Metadata.Namespace,
            CreationTimestamp = app.Metadata.CreationTimestamp,
            DeletionTimestamp = app.Metadata.DeletionTimestamp,
        };
        return app switch
        {
            Daemon => new Daemon { Metadata = metadata, Spec = new DaemonSpec { Expose = app.Exposed, Template = NoTemplate, Placement = NoChoice }, Status = new DaemonStatus { Clusters = app.Shares } },
            PetSet set => new PetSet
            {
                Metadata = metadata,
                Spec = new PetSetSpec { Expose = set.Spec.Expose, Ordinals = set.Spec.Ordinals, Template = NoTemplate, Placement = NoPets },
                Status = new PetSetStatus { Clusters = app.Shares, Pets = set.Status.Pets },
            },
            _ => new App
            {
                Metadata = metadata,
                Spec = _specs.Share(app.Exposed, ports => new AppSpec { Expose = ports, Template = NoTemplate, Placement = NoPlacement }),
                Status = _statuses.Share([.. app.Shares.Select(share => _shares.Share(Of(share)))], shares => new AppStatus { Clusters = shares }),
            },
        };
    }

    /// <summary>Whether no name can be another one. A kind whose lists are not compared here counts as changed.</summary>
    public static bool AreSame(PlacedResource before, PlacedResource after) => (before, after) switch
    {
        (App was, App now) => was.Spec.Expose.SequenceEqual(now.Spec.Expose) && was.Status.Clusters.SequenceEqual(now.Status.Clusters)
            && now.Equals(was with { Spec = was.Spec with { Expose = now.Spec.Expose }, Status = was.Status with { Clusters = now.Status.Clusters } }),
        _ => false,
    };

    private static ClusterShare Of(ClusterShare share) => share with { Since = null, WithdrawnAfter = null, Running = 0, Updated = 0, TemplateHash = null, Reason = null, Message = null };

    /// <summary>Of equal values, the one that came first, unless it is long ago.</summary>
    private sealed class Pool<T>
        where T : class
    {
        private readonly T?[] _known = new T?[1 << 12];

        public T Share(T value)
        {
            ref var known = ref _known[value.GetHashCode() & (_known.Length - 1)];
            if (!value.Equals(known))
                known = value;
            return known!;
        }
    }

    /// <summary>The same for what is made of equal lists.</summary>
    private sealed class ListPool<T, TMade>
        where TMade : class
    {
        private readonly (IReadOnlyList<T> List, TMade Made)[] _known = new (IReadOnlyList<T>, TMade)[1 << 12];

        public TMade Share(IReadOnlyList<T> list, Func<IReadOnlyList<T>, TMade> make)
        {
            var hash = new HashCode();
            foreach (var item in list)
                hash.Add(item);
            ref var known = ref _known[hash.ToHashCode() & (_known.Length - 1)];
            if (known.Made is null || !known.List.SequenceEqual(list))
                known = (list, make(list));
            return known.Made;
        }
    }
}
