using System.Text.Json.Serialization;

namespace Federation.Api.Meta;

/// <summary>What every object of the API has: its kind and its metadata. Each kind is a sealed record below this one.</summary>
public abstract record Resource
{
    /// <summary>The group and version of this representation.</summary>
    public abstract string ApiVersion { get; }

    /// <summary>The kind of object.</summary>
    public abstract string Kind { get; }

    /// <summary>What every object has: name, labels, versions.</summary>
    public ObjectMeta Metadata { get; init; } = ObjectMeta.Empty;

    [JsonIgnore]
    public ObjectKey Key => new(Kind, Metadata.Namespace ?? "", Metadata.Name);

    /// <summary>True once a deletion was asked for; the object stays until its finalizers are gone.</summary>
    [JsonIgnore]
    public bool IsDeleting => Metadata.DeletionTimestamp is not null;

    /// <summary>The object as a client sees it: with the revision it was last written at.</summary>
    public Resource WithRevision(long revision) =>
        this with { Metadata = Metadata with { ResourceVersion = revision.ToString(System.Globalization.CultureInfo.InvariantCulture) } };
}

public static class Resources
{
    /// <inheritdoc cref="Resource.WithRevision"/>
    public static T AtRevision<T>(this T resource, long revision)
        where T : Resource => (T)resource.WithRevision(revision);

    /// <summary>The revision the object was read at; null: it carries none, or none of ours.</summary>
    public static long? Revision(this Resource resource) =>
        long.TryParse(resource.Metadata.ResourceVersion, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var revision)
            ? revision
            : null;
}
