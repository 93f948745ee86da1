using Federation.Api.Meta;

namespace Federation.Api.Core;

/// <summary>Kubernetes' v1 ConfigMap: settings by key. At most 1 MiB of values.</summary>
public sealed record ConfigMap : Resource
{
    public const string KindName = "ConfigMap";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;

    /// <summary>Text by key. Keys are made of letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = Maps.Empty;

    /// <summary>Bytes by key, in base64. No key may be in <see cref="Data"/> too.</summary>
    public IReadOnlyDictionary<string, string> BinaryData { get; init; } = Maps.Empty;

    /// <summary>True: neither the values nor this field can be changed any more; only metadata can.</summary>
    public bool? Immutable { get; init; }
}
