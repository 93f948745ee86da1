using System.Text.Json.Serialization;

namespace Federation.Api.Meta;

/// <summary>What every object of the API has: its kind and its metadata. Each kind is a sealed record below this one.</summary>
public abstract record Resource
{
    [JsonPropertyOrder(-3)]
    public abstract string ApiVersion { get; }

    [JsonPropertyOrder(-2)]
    public abstract string Kind { get; }

    [JsonPropertyOrder(-1)]
    public ObjectMeta Metadata { get; init; } = ObjectMeta.Empty;

    [JsonIgnore]
    public ObjectKey Key => new(Kind, Metadata.Namespace ?? "", Metadata.Name);

    /// <summary>True once a deletion was asked for; the object stays until its finalizers are gone.</summary>
    [JsonIgnore]
    public bool IsDeleting => Metadata.DeletionTimestamp is not null;
}
