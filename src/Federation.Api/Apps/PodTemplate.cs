using Federation.Api.Json;
using Federation.Api.Merging;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Api.Apps;

/// <summary>Kubernetes' PodTemplate shape: what one pod is made of.</summary>
public sealed record PodTemplate
{
    /// <summary>Labels and annotations of the pods.</summary>
    public TemplateMeta Metadata { get; init; } = new();

    /// <summary>What runs in the pods.</summary>
    public PodSpec Spec { get; init; } = new();
}

/// <summary>What pods made from the template carry.</summary>
public sealed record TemplateMeta
{
    /// <summary>Labels of the pods.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = Maps.Empty;

    /// <summary>Annotations of the pods.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Maps.Empty;
}

/// <summary>The containers of a pod, and how they are run.</summary>
public sealed record PodSpec
{
    /// <summary>At least one; they share a network.</summary>
    [ListMap("name")]
    public IReadOnlyList<ContainerSpec> Containers { get; init; } = [];

    /// <summary>Only <c>Always</c>: an App's pods run forever. Defaulted.</summary>
    public string? RestartPolicy { get; init; }

    /// <summary>Seconds between the stop signal and the kill. Defaulted to 30.</summary>
    public int? TerminationGracePeriodSeconds { get; init; }

    /// <summary>The machine that runs the pod; set by the agent, refused in a template.</summary>
    public string? NodeName { get; init; }
}

/// <summary>One container of a pod.</summary>
public sealed record ContainerSpec
{
    /// <summary>The container's name, unique in its pod.</summary>
    public string Name { get; init; } = "";

    /// <summary>The image to run, such as <c>nginx:1.27</c>.</summary>
    public string Image { get; init; } = "";

    /// <summary>Defaulted to Always for the tag <c>latest</c> or none, else IfNotPresent.</summary>
    public ImagePullPolicy? ImagePullPolicy { get; init; }

    /// <summary>Replaces the image's entrypoint.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Replaces the image's command.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Where the process starts; absent: where the image says.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>Environment variables, besides those of the image.</summary>
    [ListMap("name")]
    public IReadOnlyList<EnvVar> Env { get; init; } = [];

    /// <summary>The ports on which the container listens.</summary>
    [ListMap("containerPort", "protocol=TCP")]
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];

    /// <summary>What the container needs, and what it cannot go beyond.</summary>
    public ResourceRequirements Resources { get; init; } = new();

    /// <summary>Decides whether the pod gets traffic; absent: it does once it runs.</summary>
    public Probe? ReadinessProbe { get; init; }

    /// <summary>Decides whether the container is restarted; absent: it is when its process ends.</summary>
    public Probe? LivenessProbe { get; init; }
}

public enum ImagePullPolicy
{
    IfNotPresent,
    Always,
    Never,
}

/// <summary>An environment variable.</summary>
public sealed record EnvVar
{
    /// <summary>The variable's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its value.</summary>
    public string Value { get; init; } = "";
}

/// <summary>A port on which a container listens.</summary>
public sealed record ContainerPort
{
    /// <summary>By which probes and <c>expose</c> can name the port.</summary>
    public string? Name { get; init; }

    /// <summary>The port's number, 1 to 65535.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("containerPort")]
    public int Port { get; init; }

    /// <summary><c>TCP</c>; defaulted.</summary>
    public string? Protocol { get; init; }
}

/// <summary>Amounts by resource name: <c>cpu</c> (cores) and <c>memory</c> (bytes). A request that is absent is defaulted to its limit.</summary>
public sealed record ResourceRequirements
{
    /// <summary>What the scheduler sets aside.</summary>
    public IReadOnlyDictionary<string, Quantity> Requests { get; init; } = Quantity.EmptyMap;

    /// <summary>What the container cannot go beyond.</summary>
    public IReadOnlyDictionary<string, Quantity> Limits { get; init; } = Quantity.EmptyMap;
}

/// <summary>Exactly one of <see cref="HttpGet"/>, <see cref="TcpSocket"/> and <see cref="Exec"/> is set.</summary>
public sealed record Probe
{
    /// <summary>An HTTP request.</summary>
    public HttpGetAction? HttpGet { get; init; }

    /// <summary>A connection.</summary>
    public TcpSocketAction? TcpSocket { get; init; }

    /// <summary>A command in the container.</summary>
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

/// <summary>Asks the container over HTTP; any code from 200 to 399 passes.</summary>
public sealed record HttpGetAction
{
    /// <summary>Defaulted to <c>/</c>.</summary>
    public string? Path { get; init; }

    /// <summary>The port's number or name.</summary>
    public IntOrString? Port { get; init; }

    /// <summary><c>HTTP</c> or <c>HTTPS</c> (the certificate is not verified). Defaulted to HTTP.</summary>
    public string? Scheme { get; init; }

    /// <summary>The Host header; absent: the pod's address.</summary>
    public string? Host { get; init; }

    /// <summary>Headers of the request.</summary>
    public IReadOnlyList<HttpHeader> HttpHeaders { get; init; } = [];
}

/// <summary>One header of a request.</summary>
public sealed record HttpHeader
{
    /// <summary>The header's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The header's value.</summary>
    public string Value { get; init; } = "";
}

/// <summary>Connects to the container; a connection that opens passes.</summary>
public sealed record TcpSocketAction
{
    /// <summary>The port's number or name.</summary>
    public IntOrString? Port { get; init; }
}

/// <summary>Runs a command in the container; exit code 0 passes.</summary>
public sealed record ExecAction
{
    /// <summary>The program and its arguments; no shell around it.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];
}
