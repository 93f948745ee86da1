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
    /// <summary>Run one after the other, each to its end, before the containers start.</summary>
    [ListMap("name")]
    public IReadOnlyList<ContainerSpec> InitContainers { get; init; } = [];

    /// <summary>At least one; they share a network and the volumes.</summary>
    [ListMap("name")]
    public IReadOnlyList<ContainerSpec> Containers { get; init; } = [];

    /// <summary>What containers can mount.</summary>
    [ListMap("name")]
    public IReadOnlyList<Volume> Volumes { get; init; } = [];

    /// <summary><c>Always</c>, <c>OnFailure</c> or <c>Never</c>. An App's and a Daemon's pods run forever: only Always, defaulted. A Job's end: only the other two.</summary>
    public string? RestartPolicy { get; init; }

    /// <summary>Seconds between the stop signal and the kill. Defaulted to 30.</summary>
    public int? TerminationGracePeriodSeconds { get; init; }

    /// <summary>Only machines with all of these labels.</summary>
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = Maps.Empty;

    /// <summary>Which taints of machines and clusters do not keep the pods away.</summary>
    public IReadOnlyList<Toleration> Tolerations { get; init; } = [];

    /// <summary>Secrets of type <c>kubernetes.io/dockerconfigjson</c> that open the registries of the images.</summary>
    [ListMap("name")]
    public IReadOnlyList<LocalReference> ImagePullSecrets { get; init; } = [];

    /// <summary>As whom all containers run, unless they say it themselves.</summary>
    public PodSecurityContext? SecurityContext { get; init; }

    /// <summary>Lines for the containers' <c>/etc/hosts</c>.</summary>
    [ListMap("ip")]
    public IReadOnlyList<HostAlias> HostAliases { get; init; } = [];

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

    /// <summary>Variables from whole ConfigMaps and Secrets; <see cref="Env"/> overrules them, and later ones overrule earlier ones.</summary>
    public IReadOnlyList<EnvFromSource> EnvFrom { get; init; } = [];

    /// <summary>Environment variables, besides those of the image.</summary>
    [ListMap("name")]
    public IReadOnlyList<EnvVar> Env { get; init; } = [];

    /// <summary>The ports on which the container listens.</summary>
    [ListMap("containerPort", "protocol=TCP")]
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];

    /// <summary>What the container needs, and what it cannot go beyond.</summary>
    public ResourceRequirements Resources { get; init; } = new();

    /// <summary>Where the pod's volumes appear in the container.</summary>
    [ListMap("mountPath")]
    public IReadOnlyList<VolumeMount> VolumeMounts { get; init; } = [];

    /// <summary>Until it passes once, the other probes wait; when it gives up, the container is restarted.</summary>
    public Probe? StartupProbe { get; init; }

    /// <summary>Decides whether the pod gets traffic; absent: it does once it runs.</summary>
    public Probe? ReadinessProbe { get; init; }

    /// <summary>Decides whether the container is restarted; absent: it is when its process ends.</summary>
    public Probe? LivenessProbe { get; init; }

    /// <summary>What is done right after the start and right before the stop.</summary>
    public Lifecycle? Lifecycle { get; init; }

    /// <summary>As whom the container runs, and what it may.</summary>
    public SecurityContext? SecurityContext { get; init; }

    /// <summary>Keeps the process's standard input open.</summary>
    public bool? Stdin { get; init; }

    /// <summary>Gives the process a terminal.</summary>
    public bool? Tty { get; init; }
}

public enum ImagePullPolicy
{
    IfNotPresent,
    Always,
    Never,
}

/// <summary>A port on which a container listens.</summary>
public sealed record ContainerPort
{
    /// <summary>By which probes and <c>expose</c> can name the port.</summary>
    public string? Name { get; init; }

    /// <summary>The port's number, 1 to 65535.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("containerPort")]
    public int Port { get; init; }

    /// <summary><c>TCP</c> or <c>UDP</c>. Defaulted to TCP.</summary>
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
