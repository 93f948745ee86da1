using System.Text.Json;

namespace Federation.Api.Meta;

/// <summary>Kubernetes' <c>ObjectMeta</c>. The server owns uid, resourceVersion, generation and the timestamps.</summary>
public sealed record ObjectMeta
{
    public static ObjectMeta Empty { get; } = new();

    public string Name { get; init; } = "";
    public string? GenerateName { get; init; }
    public string? Namespace { get; init; }
    public string? Uid { get; init; }

    /// <summary>The store revision of the last change, as text; opaque to clients.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Grows by one each time the spec changes; never for metadata or status.</summary>
    public long Generation { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }
    public DateTimeOffset? DeletionTimestamp { get; init; }
    public long? DeletionGracePeriodSeconds { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = Maps.Empty;
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Maps.Empty;
    public IReadOnlyList<OwnerReference> OwnerReferences { get; init; } = [];
    public IReadOnlyList<string> Finalizers { get; init; } = [];
    public IReadOnlyList<JsonElement> ManagedFields { get; init; } = [];
}

public sealed record OwnerReference
{
    public string ApiVersion { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Name { get; init; } = "";
    public string Uid { get; init; } = "";
    public bool? Controller { get; init; }
    public bool? BlockOwnerDeletion { get; init; }
}

internal static class Maps
{
    public static IReadOnlyDictionary<string, string> Empty { get; } = new Dictionary<string, string>().AsReadOnly();
}
