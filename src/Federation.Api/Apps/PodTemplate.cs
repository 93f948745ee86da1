using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Api.Apps;

/// <summary>Kubernetes' PodTemplate shape: what one pod is made of.</summary>
public sealed record PodTemplate
{
    public TemplateMeta Metadata { get; init; } = new();
    public PodSpec Spec { get; init; } = new();
}

public sealed record TemplateMeta
{
    public IReadOnlyDictionary<string, string> Labels { get; init; } = Maps.Empty;
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Maps.Empty;
}

public sealed record PodSpec
{
    public IReadOnlyList<ContainerSpec> Containers { get; init; } = [];

    /// <summary>Only <c>Always</c>: an App's pods run forever. Defaulted.</summary>
    public string? RestartPolicy { get; init; }

    /// <summary>Seconds between the stop signal and the kill. Defaulted to 30.</summary>
    public int? TerminationGracePeriodSeconds { get; init; }

    /// <summary>The machine that runs the pod; set by the agent, refused in a template.</summary>
    public string? NodeName { get; init; }
}

public sealed record ContainerSpec
{
    public string Name { get; init; } = "";
    public string Image { get; init; } = "";

    /// <summary>Defaulted to Always for the tag <c>latest</c> or none, else IfNotPresent.</summary>
    public ImagePullPolicy? ImagePullPolicy { get; init; }

    /// <summary>Replaces the image's entrypoint.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Replaces the image's command.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    public string? WorkingDir { get; init; }
    public IReadOnlyList<EnvVar> Env { get; init; } = [];
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];
    public ResourceRequirements Resources { get; init; } = new();
    public Probe? ReadinessProbe { get; init; }
    public Probe? LivenessProbe { get; init; }
}

public enum ImagePullPolicy
{
    IfNotPresent,
    Always,
    Never,
}

public sealed record EnvVar
{
    public string Name { get; init; } = "";
    public string Value { get; init; } = "";
}

public sealed record ContainerPort
{
    public string? Name { get; init; }

    [System.Text.Json.Serialization.JsonPropertyName("containerPort")]
    public int Port { get; init; }

    /// <summary><c>TCP</c>; defaulted.</summary>
    public string? Protocol { get; init; }
}

/// <summary>Amounts by resource name: <c>cpu</c> (cores) and <c>memory</c> (bytes). A request that is absent is defaulted to its limit.</summary>
public sealed record ResourceRequirements
{
    public IReadOnlyDictionary<string, Quantity> Requests { get; init; } = Quantity.EmptyMap;
    public IReadOnlyDictionary<string, Quantity> Limits { get; init; } = Quantity.EmptyMap;
}

/// <summary>Exactly one of <see cref="HttpGet"/>, <see cref="TcpSocket"/> and <see cref="Exec"/> is set.</summary>
public sealed record Probe
{
    public HttpGetAction? HttpGet { get; init; }
    public TcpSocketAction? TcpSocket { get; init; }
    public ExecAction? Exec { get; init; }

    /// <summary>Defaulted to 0.</summary>
    public int? InitialDelaySeconds { get; init; }

    /// <summary>Defaulted to 10.</summary>
    public int? PeriodSeconds { get; init; }

    /// <summary>Defaulted to 1.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Defaulted to 1.</summary>
    public int? SuccessThreshold { get; init; }

    /// <summary>Defaulted to 3.</summary>
    public int? FailureThreshold { get; init; }
}

public sealed record HttpGetAction
{
    /// <summary>Defaulted to <c>/</c>.</summary>
    public string? Path { get; init; }
    public IntOrString? Port { get; init; }

    /// <summary><c>HTTP</c> or <c>HTTPS</c> (the certificate is not verified). Defaulted to HTTP.</summary>
    public string? Scheme { get; init; }
    public string? Host { get; init; }
    public IReadOnlyList<HttpHeader> HttpHeaders { get; init; } = [];
}

public sealed record HttpHeader
{
    public string Name { get; init; } = "";
    public string Value { get; init; } = "";
}

public sealed record TcpSocketAction
{
    public IntOrString? Port { get; init; }
}

public sealed record ExecAction
{
    public IReadOnlyList<string> Command { get; init; } = [];
}
