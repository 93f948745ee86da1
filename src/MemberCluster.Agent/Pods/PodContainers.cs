using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Jobs;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using MemberCluster.Agent.Names;
using MemberCluster.Agent.Pods.Security;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Services;
using PodSpec = Federation.Api.Apps.PodSpec;
using TemplateContainer = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Pods;

/// <summary>Turns a container of a template into what the engine is asked to make. Pure.</summary>
internal static class PodContainers
{
    public const int DefaultGraceSeconds = 30;

    /// <summary>Engines refuse to set aside less.</summary>
    private const long LeastMemory = 6 << 20;

    public static PodIdentity NewIdentity(Work work, PodAction.Create create, string uid) => new()
    {
        Name = create.Pod,
        Uid = uid,
        WorkUid = work.Uid,
        Kind = work.Kind,
        Namespace = work.Namespace,
        Owner = work.Name,
        TemplateHash = work.TemplateHash,
        Revision = work.Revision,
        Ordinal = create.Ordinal,
        Attempt = create.Attempt,
        Epoch = create.Epoch,
        IsFenced = create.Epoch is not null && work.Pets?.IsFenced != false,
        Grace = GraceOf(work),
        RestartPolicy = Enum.TryParse<RestartPolicy>(work.Template.Spec.RestartPolicy, out var policy) ? policy : RestartPolicy.Always,
        Containers = work.Template.Spec.Containers.Count,
    };

    public static TimeSpan GraceOf(Work work) => TimeSpan.FromSeconds(work.Template.Spec.TerminationGracePeriodSeconds ?? DefaultGraceSeconds);

    /// <summary>
    /// The engine's name for a container: each one in the life of a pod has its own, and asking for it twice makes one. Of a pet all have the same one, whoever
    /// makes them and whatever the epoch: the engine itself never has two.
    /// </summary>
    public static string NameOf(PodIdentity pod, string slot, int restarts) =>
        pod.Epoch is null ? $"{pod.Name}-{slot}-{restarts}" : $"{pod.Name}-{PodNames.ScopeOf(pod.WorkUid)}-{slot}";

    /// <summary>What a pet's container is called after the next one has taken its name. No container of a template has such a name.</summary>
    public static string PreviousOf(string name) => name + ".previous";

    /// <param name="pod">Whose container it is.</param>
    /// <param name="spec">The template of the pod.</param>
    /// <param name="run">Which container, and the how manieth.</param>
    /// <param name="settings">Of the cluster.</param>
    /// <param name="imageUser">As whom the image would run it, where the template leaves that to the image.</param>
    /// <param name="mounts">Its volumes.</param>
    public static ContainerSpec Spec(PodIdentity pod, PodSpec spec, PodAction.Run run, PodSettings settings, string? imageUser, ImmutableArray<ContainerMount> mounts)
    {
        var template = spec.Find(run.Slot)!;
        var container = Spec(pod, template, spec.IsInit(run.Slot), run, settings) with
        {
            Mounts = mounts,
            OpenStdin = template.Stdin ?? false,
            Tty = template.Tty ?? false,
            HostNames = run.Holder is null ? [.. spec.HostAliases.SelectMany(alias => alias.Hostnames.Select(name => new ContainerHostName(name, alias.Ip)))] : [],
        };
        return PodSecurity.Apply(container, spec, template, imageUser);
    }


    private static ContainerSpec Spec(PodIdentity pod, TemplateContainer template, bool isInit, PodAction.Run run, PodSettings settings) => new()
    {
        Name = NameOf(pod, run.Slot, run.Restarts),
        Image = template.Image,
        Entrypoint = [.. template.Command],
        Args = [.. template.Args],
        Env = OwnVariables(pod, settings),
        Labels = PodLabelling.Of(pod, settings.Cluster, settings.Region, run, isInit),
        Network = run.Holder is { } holder ? new ContainerNetwork.SharedWith(holder) : settings.Network,
        Hostname = run.Holder is null ? pod.Name : null,
        DnsServers = run.Holder is null ? settings.Names?.Servers ?? [] : [],
        DnsSearch = run.Holder is null ? settings.Names?.SearchOf(pod.Namespace) ?? [] : [],
        WorkingDirectory = template.WorkingDir,
        Resources = Resources(template),
    };

    /// <summary>What every container is told; those of its template come in <see cref="Data.PodData"/>, and overrule.</summary>
    public static ImmutableDictionary<string, string> OwnVariables(PodIdentity pod, PodSettings settings)
    {
        var env = ImmutableDictionary.CreateBuilder<string, string>();
        env[PodEnvironment.Region] = settings.Region;
        env[PodEnvironment.Cluster] = settings.Cluster;
        env[PodEnvironment.Pod] = pod.Name;
        env[PodEnvironment.Namespace] = pod.Namespace;
        env[PodEnvironment.App] = pod.Owner;
        if (pod.Kind == Job.KindName)
            env[PodEnvironment.JobCompletionIndex] = pod.Ordinal.ToString(CultureInfo.InvariantCulture);
        return env.ToImmutable();
    }

    /// <summary>A request that is missing is its limit, as in Kubernetes.</summary>
    private static ContainerResources Resources(TemplateContainer template)
    {
        var limits = template.Resources.Limits;
        var cpuLimit = Find(limits, "cpu")?.Milli;
        return new ContainerResources
        {
            CpuLimitMillicores = cpuLimit,
            CpuRequestMillicores = Find(template.Resources.Requests, "cpu")?.Milli ?? cpuLimit,
            MemoryLimitBytes = Find(limits, "memory")?.Value,
            MemoryRequestBytes = (Find(template.Resources.Requests, "memory") ?? Find(limits, "memory"))?.Value is { } bytes and >= LeastMemory ? bytes : null,
        };
    }

    private static Quantity? Find(IReadOnlyDictionary<string, Quantity> amounts, string resource) =>
        amounts.TryGetValue(resource, out var amount) ? amount : null;
}

/// <summary>What all pods of an agent have in common.</summary>
internal sealed record PodSettings
{
    public required string Cluster { get; init; }
    public required string Region { get; init; }
    public string? Zone { get; init; }

    /// <summary>What the machine has; nothing until its engine was asked.</summary>
    public Data.MachineSize Machine { get; init; } = new(0, 0);

    /// <summary>The network of pods; the engine's default bridge until the cluster's own could be made.</summary>
    public ContainerNetwork Network { get; init; } = ContainerNetwork.EngineDefault;

    /// <summary>The machine's name within its cluster.</summary>
    public string Host { get; init; } = "node";

    /// <summary>The machine's name in the federation.</summary>
    public string Node => NodeNames.Of(Cluster, Host);

    /// <summary>What keeps the names of this machine's pods apart from all others.</summary>
    public string NameScope => $"{Cluster}/{Host}";

    /// <summary>Where containers find names; null: where the engine says.</summary>
    public ContainerNames? Names { get; init; }

    /// <summary>What serves exposed ports.</summary>
    public ServicePlaneChoice ServicePlane { get; init; } = ServicePlaneChoice.Proxy;

    /// <summary>The machine's first advertised address; null without one.</summary>
    public string? HostIP { get; init; }

    /// <summary>What pods may ask of the machine.</summary>
    public PodPermissions Permissions { get; init; } = new();

    /// <summary>Where snapshots of pets' volumes are stored on the machine; null: nowhere.</summary>
    public string? SnapshotDirectory { get; init; }

    /// <summary>Of the machine, besides those that every machine has.</summary>
    public IReadOnlyDictionary<string, string> NodeLabels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What keeps pods away from the machine.</summary>
    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>Where exposed ports are opened: on the addresses asked for, and where containers reach none of those (loopback), on the machine's address in their network.</summary>
    public ImmutableArray<IPAddress> ServiceAddresses(ImmutableArray<IPAddress> listen) =>
        listen.All(IPAddress.IsLoopback) && Network is ContainerNetwork.Named { Gateway: { } gateway } && !IPAddress.IsLoopback(gateway) ? [.. listen, gateway] : listen;
}
