using Federation.Api.Merging;

namespace Federation.Api.Meta;

/// <summary>Kubernetes' <c>ObjectMeta</c>. The server owns uid, resourceVersion, generation and the timestamps.</summary>
public sealed record ObjectMeta
{
    public static ObjectMeta Empty { get; } = new();

    /// <summary>The name, unique among the kind's objects of the namespace; never changes.</summary>
    public string Name { get; init; } = "";

    /// <summary>A prefix of the name, for which the server chooses an ending; only where <see cref="Name"/> is absent.</summary>
    public string? GenerateName { get; init; }

    /// <summary>The namespace; absent for kinds without. Never changes.</summary>
    public string? Namespace { get; init; }

    /// <summary>Tells apart objects that had the same name at different times. Set by the server.</summary>
    public string? Uid { get; init; }

    /// <summary>The store revision of the last change, as text; opaque to clients.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Grows by one each time the spec changes; never for metadata or status.</summary>
    public long Generation { get; init; }

    /// <summary>When the object was made. Set by the server.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>When its deletion was asked for; it goes once its finalizers are gone. Set by the server.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Seconds that what runs had to stop. Set by the server.</summary>
    public long? DeletionGracePeriodSeconds { get; init; }

    /// <summary>Short values to select objects by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = Maps.Empty;

    /// <summary>Values for programs and people; nothing selects by them. At most 256 KiB together.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Maps.Empty;

    /// <summary>The objects that this one belongs to; with the last of them it goes.</summary>
    [ListMap("uid")]
    public IReadOnlyList<OwnerReference> OwnerReferences { get; init; } = [];

    /// <summary>Who has still to clean up before the object can go.</summary>
    [ListSet]
    public IReadOnlyList<string> Finalizers { get; init; } = [];

    /// <summary>Which manager set which fields. Set by the server.</summary>
    public IReadOnlyList<ManagedFieldsEntry> ManagedFields { get; init; } = [];
}

/// <summary>An object that another one belongs to, in the same namespace.</summary>
public sealed record OwnerReference
{
    /// <summary>The owner's group and version.</summary>
    public string ApiVersion { get; init; } = "";

    /// <summary>The owner's kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The owner's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The owner's uid.</summary>
    public string Uid { get; init; } = "";

    /// <summary>True: this owner made the object; at most one is.</summary>
    public bool? Controller { get; init; }

    /// <summary>True: deleting the owner in the foreground waits for this object.</summary>
    public bool? BlockOwnerDeletion { get; init; }
}

internal static class Maps
{
    public static IReadOnlyDictionary<string, string> Empty { get; } = new Dictionary<string, string>().AsReadOnly();
}
