using System.Collections.Immutable;
using System.Net;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>What one name is to say, and what it says in the regions that answer for themselves.</summary>
internal sealed record NodePlan(DnsName Name, IReadOnlyList<RecordSet> Sets, PlannedOrigin? Origin, IReadOnlyList<NodePlan> Regional)
{
    /// <summary>Can make the plan again; null: it is to be kept.</summary>
    public NodeSource? Source { get; init; }

    /// <summary>What makes again what a region says at the name. Sources find names: where that is the same one, it is to be kept.</summary>
    public NodeSource? SourceOf(NodePlan regional) => regional.Name.Equals(Name) ? null : Source;

    /// <summary>See <see cref="ZoneNode.Room"/>.</summary>
    public long Room { get; init; } = PlannedName.AllRoom;

    /// <summary>See <see cref="ZoneNode.Next"/>.</summary>
    public IReadOnlyList<NodePlan> Next { get; init; } = [];
}

/// <summary>Where a name's answers come from: an app's plan, and which of its names this is.</summary>
internal sealed record PlannedOrigin(AppDnsPlan Plan, PlannedName Name)
{
    public PlannedAddress? Find(IPAddress address) => Name.Addresses.FirstOrDefault(planned => planned.Address.Equals(address));
}

/// <summary>What names were made from. What few ask for (explanations, what a region says at a name that everybody asks for without) is made of it when it is asked for: a zone of many apps does not hold it all.</summary>
/// <remarks>Immutable: it makes the same at any time. Safe for concurrent use.</remarks>
internal abstract class NodeSource
{
    /// <summary>The names.</summary>
    public abstract IReadOnlyList<NodePlan> Plan();

    /// <param name="name">One of them, or what a region says at one.</param>
    public NodePlan? Find(DnsName name) => Find(Plan(), name);

    /// <param name="plans">A source's.</param>
    /// <param name="name">One of them, or what a region says at one.</param>
    public static NodePlan? Find(IReadOnlyList<NodePlan> plans, DnsName name) =>
        plans.Concat(plans.SelectMany(plan => plan.Regional)).FirstOrDefault(plan => plan.Name.Equals(name));
}

/// <summary>What a source made last, for who goes through names in their order: an app's come one after the other.</summary>
internal sealed class LastPlans
{
    private NodeSource? _source;
    private IReadOnlyList<NodePlan> _plans = [];

    public IReadOnlyList<NodePlan> Of(NodeSource source)
    {
        if (!ReferenceEquals(source, _source))
            (_source, _plans) = (source, source.Plan());
        return _plans;
    }
}

/// <summary>Keeps one name's plan.</summary>
internal sealed class KeptSource(NodePlan plan) : NodeSource
{
    public override IReadOnlyList<NodePlan> Plan() => [plan];
}

/// <summary>The names of one app.</summary>
/// <param name="recordSets">Makes them.</param>
/// <param name="app">Without what no name depends on.</param>
/// <param name="clusters">Those of its shares that are known.</param>
/// <param name="withHost">False: others share its own name.</param>
internal sealed class AppSource(AppRecordSets recordSets, PlacedResource app, ImmutableArray<Cluster> clusters, bool withHost) : NodeSource
{
    public override IReadOnlyList<NodePlan> Plan() =>
        recordSets.Make(DnsPlanner.Plan(app, clusters.ToDictionary(cluster => cluster.Metadata.Name, StringComparer.Ordinal)), withHost);
}
