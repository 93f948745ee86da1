using Federation.Api.Json;
using Federation.Api.Validation;

namespace Federation.Api.Apps;

/// <summary>Fills in what an App leaves out, as the records' docstrings state it.</summary>
internal static class AppDefaults
{
    public static readonly TimeSpan FailoverAfter = TimeSpan.FromSeconds(10);

    public static AppSpec Apply(AppSpec spec) => spec with
    {
        Replicas = spec.Replicas ?? 1,
        Template = Apply(spec.Template),
        Placement = Apply(spec.Placement),
        Expose = [.. spec.Expose.Select(Apply)],
    };

    public static PodTemplate Apply(PodTemplate template) => template with
    {
        Spec = template.Spec with
        {
            InitContainers = [.. template.Spec.InitContainers.Select(Apply)],
            Containers = [.. template.Spec.Containers.Select(Apply)],
            Volumes = [.. template.Spec.Volumes.Select(DataVolumeRules.Default).Select(LocalVolumeRules.Default)],
            RestartPolicy = template.Spec.RestartPolicy ?? "Always",
            TerminationGracePeriodSeconds = template.Spec.TerminationGracePeriodSeconds ?? 30,
        },
    };

    private static ContainerSpec Apply(ContainerSpec container) => container with
    {
        ImagePullPolicy = container.ImagePullPolicy ?? DefaultPullPolicy(container.Image),
        Ports = [.. container.Ports.Select(port => port with { Protocol = port.Protocol ?? "TCP" })],
        Resources = Apply(container.Resources),
        StartupProbe = Apply(container.StartupProbe),
        ReadinessProbe = Apply(container.ReadinessProbe),
        LivenessProbe = Apply(container.LivenessProbe),
        Lifecycle = container.Lifecycle is { } lifecycle
            ? lifecycle with { PostStart = Apply(lifecycle.PostStart), PreStop = Apply(lifecycle.PreStop) }
            : null,
        SecurityContext = container.SecurityContext is { } security
            ? security with { Ulimits = [.. security.Ulimits.Select(ulimit => ulimit with { Hard = ulimit.Hard ?? ulimit.Soft })] }
            : null,
    };

    private static ImagePullPolicy DefaultPullPolicy(string image) =>
        ImageReference.TryParse(image, out var reference) && !reference.IsLatest ? ImagePullPolicy.IfNotPresent : ImagePullPolicy.Always;

    private static ResourceRequirements Apply(ResourceRequirements resources)
    {
        var unrequested = resources.Limits.Where(limit => !resources.Requests.ContainsKey(limit.Key)).ToList();
        return unrequested.Count == 0
            ? resources
            : resources with { Requests = resources.Requests.Concat(unrequested).ToDictionary() };
    }

    private static Probe? Apply(Probe? probe) => probe is null ? null : probe with
    {
        HttpGet = Apply(probe.HttpGet),
        InitialDelaySeconds = probe.InitialDelaySeconds ?? 0,
        PeriodSeconds = probe.PeriodSeconds ?? 10,
        TimeoutSeconds = probe.TimeoutSeconds ?? 1,
        SuccessThreshold = probe.SuccessThreshold ?? 1,
        FailureThreshold = probe.FailureThreshold ?? 3,
    };

    private static LifecycleHandler? Apply(LifecycleHandler? handler) => handler is null ? null : handler with { HttpGet = Apply(handler.HttpGet) };

    private static HttpGetAction? Apply(HttpGetAction? http) => http is null ? null : http with { Path = http.Path ?? "/", Scheme = http.Scheme ?? "HTTP" };

    private static PlacementSpec Apply(PlacementSpec placement) => placement with
    {
        Spread = [.. placement.Spread.Select(spread => spread with { Min = spread.Min ?? 1 })],
        Divide = (placement.Divide ?? new DivideSpec()) with { Mode = placement.Divide?.Mode ?? DivideMode.Weighted },
        Failover = (placement.Failover ?? new FailoverSpec()) with { After = placement.Failover?.After ?? FailoverAfter },
    };

    /// <summary>Nothing is derived from a wrong port: one mistake gives one error.</summary>
    public static ExposeSpec Apply(ExposeSpec expose) => expose with
    {
        Name = expose.Name ?? (Ports.IsValid(expose.Port) ? $"port-{expose.Port}{(expose.Protocol == "UDP" ? "-udp" : "")}" : null),
        Protocol = expose.Protocol ?? "TCP",
        TargetPort = expose.TargetPort ?? (Ports.IsValid(expose.Port) ? (IntOrString?)expose.Port : null),
        Dns = expose.Dns is { } dns ? Apply(dns) : null,
    };

    private static DnsSpec Apply(DnsSpec dns) => dns with
    {
        Policy = dns.Policy ?? DnsPolicy.RoundRobin,
        Ttl = dns.Ttl ?? 5,
        Hosts = [.. dns.Hosts.Select(host => host with { Weight = host.Weight ?? DnsHost.DefaultWeight })],
    };
}
