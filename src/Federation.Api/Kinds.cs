using System.Text.Json.Serialization.Metadata;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Credentials;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pods;

namespace Federation.Api;

/// <summary>Everything the API knows about one kind. A new kind declares its record and one of these.</summary>
public sealed record KindDefinition
{
    public required string Kind { get; init; }

    /// <summary>Empty for the core group.</summary>
    public required string Group { get; init; }
    public required string Version { get; init; }
    public required string Plural { get; init; }
    public required string Singular { get; init; }
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];
    public required bool IsNamespaced { get; init; }
    public required KindStorage Storage { get; init; }
    public required Type ResourceType { get; init; }
    public required JsonTypeInfo TypeInfo { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}

public enum KindStorage
{
    /// <summary>Objects live in the store; users write them.</summary>
    Stored,

    /// <summary>Aggregated from the clusters' reports; read-only, in memory.</summary>
    Reported,

    /// <summary>In the store, never served.</summary>
    Internal,
}

/// <summary>The kinds this build serves.</summary>
public static class Kinds
{
    public static KindDefinition App { get; } = Define<App>("federation", "v1", "apps", "app", namespaced: true) with { Categories = ["all"] };
    public static KindDefinition Cluster { get; } = Define<Cluster>("federation", "v1", "clusters", "cluster", namespaced: false) with { ShortNames = ["cl"], Categories = ["all"] };
    public static KindDefinition Namespace { get; } = Define<Namespace>("", "v1", "namespaces", "namespace", namespaced: false) with { ShortNames = ["ns"] };
    public static KindDefinition Event { get; } = Define<Event>("", "v1", "events", "event", namespaced: true) with { ShortNames = ["ev"] };
    public static KindDefinition Pod { get; } = Define<Pod>("", "v1", "pods", "pod", namespaced: true, KindStorage.Reported) with { ShortNames = ["po"], Categories = ["all"] };
    public static KindDefinition Credential { get; } = Define<Credential>("federation", "internal", "credentials", "credential", namespaced: false, KindStorage.Internal);

    public static IReadOnlyList<KindDefinition> All { get; } = [App, Cluster, Namespace, Event, Pod, Credential];

    public static IEnumerable<KindDefinition> Served => All.Where(definition => definition.Storage != KindStorage.Internal);

    private static readonly Dictionary<string, KindDefinition> ByName = All.ToDictionary(definition => definition.Kind);

    /// <exception cref="KeyNotFoundException">There is no such kind.</exception>
    public static KindDefinition Find(string kind) => ByName[kind];

    private static KindDefinition Define<T>(string group, string version, string plural, string singular, bool namespaced, KindStorage storage = KindStorage.Stored)
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
        };
}
