using System.Diagnostics.CodeAnalysis;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Credentials;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Metrics;
using Federation.Api.Nodes;
using Federation.Api.Pets;
using Federation.Api.Pods;
using Federation.Api.Regions;
using Federation.Api.Snapshots;
using Federation.Api.Zones;

namespace Federation.Api;

/// <summary>The kinds this build serves.</summary>
public static class Kinds
{
    public static KindDefinition App { get; } = Define<App>("federation", "v1", "apps", "app", namespaced: true, new AppRules()) with { Categories = ["all"] };
    public static KindDefinition Daemon { get; } = Define<Daemon>("federation", "v1", "daemons", "daemon", namespaced: true, new DaemonRules()) with { ShortNames = ["ds"], Categories = ["all"] };
    public static KindDefinition Job { get; } = Define<Job>("federation", "v1", "jobs", "job", namespaced: true, new JobRules()) with { Categories = ["all"] };
    public static KindDefinition PetSet { get; } = Define<PetSet>("federation", "v1", "petsets", "petset", namespaced: true, new PetSetRules()) with { ShortNames = ["pets"], Categories = ["all"] };
    public static KindDefinition PetSnapshot { get; } = Define<PetSnapshot>("federation", "v1", "petsnapshots", "petsnapshot", namespaced: true, new PetSnapshotRules()) with { ShortNames = ["psnap"] };
    public static KindDefinition Cluster { get; } = Define<Cluster>("federation", "v1", "clusters", "cluster", namespaced: false, new ClusterRules()) with { ShortNames = ["cl"], Categories = ["all"] };
    public static KindDefinition Region { get; } = Define<Region>("federation", "v1", "regions", "region", namespaced: false, new RegionRules()) with { ShortNames = ["reg"] };
    public static KindDefinition Zone { get; } = Define<Zone>("federation", "v1", "zones", "zone", namespaced: false, new ZoneRules());
    public static KindDefinition Namespace { get; } = Define<Namespace>("", "v1", "namespaces", "namespace", namespaced: false, new NamespaceRules()) with { ShortNames = ["ns"] };
    public static KindDefinition ConfigMap { get; } = Define<ConfigMap>("", "v1", "configmaps", "configmap", namespaced: true, new ConfigMapRules()) with { ShortNames = ["cm"] };
    public static KindDefinition Secret { get; } = Define<Secret>("", "v1", "secrets", "secret", namespaced: true, new SecretRules());
    public static KindDefinition Event { get; } = Define<Event>("", "v1", "events", "event", namespaced: true, new EventRules()) with { ShortNames = ["ev"] };
    public static KindDefinition Pod { get; } = Define<Pod>("", "v1", "pods", "pod", namespaced: true, new PodRules(), KindStorage.Reported) with { ShortNames = ["po"], Categories = ["all"] };
    public static KindDefinition Node { get; } = Define<Node>("", "v1", "nodes", "node", namespaced: false, new NodeRules(), KindStorage.Reported) with { ShortNames = ["no"] };
    public static KindDefinition NodeMetrics { get; } = Define<NodeMetrics>("metrics.k8s.io", "v1beta1", "nodes", "", namespaced: false, new MetricsRules(), KindStorage.Measured);
    public static KindDefinition PodMetrics { get; } = Define<PodMetrics>("metrics.k8s.io", "v1beta1", "pods", "", namespaced: true, new MetricsRules(), KindStorage.Measured);
    public static KindDefinition Credential { get; } = Define<Credential>("federation", "internal", "credentials", "credential", namespaced: false, new CredentialRules(), KindStorage.Internal);

    public static IReadOnlyList<KindDefinition> All { get; } = [App, Daemon, Job, PetSet, PetSnapshot, Cluster, Region, Zone, Namespace, ConfigMap, Secret, Event, Pod, Node, NodeMetrics, PodMetrics, Credential];

    /// <summary>Those whose objects are <see cref="PlacedResource"/>s.</summary>
    public static IReadOnlyList<KindDefinition> Placed { get; } = [.. All.Where(definition => definition.IsPlaced)];

    public static IEnumerable<KindDefinition> Served => All.Where(definition => definition.Storage != KindStorage.Internal);

    private static readonly Dictionary<string, KindDefinition> ByName = All.ToDictionary(definition => definition.Kind);

    public static bool IsPlaced(string kind) => ByName.TryGetValue(kind, out var definition) && definition.IsPlaced;

    /// <exception cref="KeyNotFoundException">There is no such kind.</exception>
    public static KindDefinition Find(string kind) => ByName[kind];

    public static bool TryFind(string kind, [NotNullWhen(true)] out KindDefinition? definition) => ByName.TryGetValue(kind, out definition);

    public static KindDefinition Of(Resource resource) => ByName[resource.Kind];

    internal static KindDefinition Define<T>(string group, string version, string plural, string singular, bool namespaced, KindRules rules, KindStorage storage = KindStorage.Stored)
        where T : Resource => new()
        {
            Kind = typeof(T).Name,
            Group = group,
            Version = version,
            Plural = plural,
            Singular = singular,
            IsNamespaced = namespaced,
            Storage = storage,
            ResourceType = typeof(T),
            TypeInfo = ApiJson.TypeInfo<T>(),
            Rules = rules,
        };
}
