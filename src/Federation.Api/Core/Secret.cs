using Federation.Api.Meta;

namespace Federation.Api.Core;

/// <summary>Kubernetes' v1 Secret: values that are not for everybody, by key. At most 1 MiB of values.</summary>
public sealed record Secret : Resource
{
    public const string KindName = "Secret";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;

    /// <summary>What the values are for; some types require certain keys. Defaulted to <c>Opaque</c>; never changes.</summary>
    public string? Type { get; init; }

    /// <summary>Bytes by key, in base64.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = Maps.Empty;

    /// <summary>Text by key, for writing only: it becomes <see cref="Data"/>, over what is there, and is never given out.</summary>
    public IReadOnlyDictionary<string, string> StringData { get; init; } = Maps.Empty;

    /// <summary>True: neither the values nor this field can be changed any more; only metadata can.</summary>
    public bool? Immutable { get; init; }
}

/// <summary>Kubernetes' types of Secret whose keys are checked.</summary>
public static class SecretTypes
{
    public const string Opaque = "Opaque";
    public const string ServiceAccountToken = "kubernetes.io/service-account-token";
    public const string DockerConfig = "kubernetes.io/dockercfg";
    public const string DockerConfigJson = "kubernetes.io/dockerconfigjson";
    public const string BasicAuth = "kubernetes.io/basic-auth";
    public const string SshAuth = "kubernetes.io/ssh-auth";
    public const string Tls = "kubernetes.io/tls";
}
