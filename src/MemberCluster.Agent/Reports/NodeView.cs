using System.Security.Cryptography;
using System.Text;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Reports;

/// <summary>A machine as the API shows it. Pure.</summary>
internal static class NodeView
{
    /// <param name="engine">What its container engine says about it.</param>
    /// <param name="settings">Of the cluster.</param>
    /// <param name="capacity">What pods may use.</param>
    /// <param name="version">The agent's.</param>
    /// <param name="down">Why the engine does not answer; null: it does.</param>
    /// <param name="machine">What else was seen of it.</param>
    /// <param name="now">The time of a transition that shows for the first time.</param>
    /// <param name="previous">As it was shown before; null the first time.</param>
    public static Node Of(
        EngineInfo engine, PodSettings settings, IReadOnlyDictionary<string, Quantity> capacity, string version, Trouble? down, MachineState machine, DateTimeOffset now, Node? previous) => new()
        {
            Metadata = new ObjectMeta
            {
                Name = settings.Node,
                Uid = UidOf(settings.Cluster, engine.Id),
                Labels = LabelsOf(engine, settings),
                Annotations = AnnotationsOf(settings),
            },
            Spec = new NodeSpec { ProviderID = $"federation://{settings.Cluster}/{settings.Host}", Taints = settings.Taints },
            Status = new NodeStatus
            {
                Capacity = capacity,
                Allocatable = capacity,
                Conditions = WithPets(previous?.Status.Conditions ?? [], machine.Pets, now)
                    .With(Ready(down), now)
                    .With(Pressure(NodeConditions.EngineDown, down, "EngineAnswers", "The container engine answers."), now)
                    .With(Pressure(NodeConditions.DiskPressure, machine.Disk, "DiskHasRoom", "The disk of the container engine has room."), now)
                    .With(Pressure(NodeConditions.MemoryPressure, machine.Memory, "MemoryLeft", "The machine has memory left."), now),
                Addresses = [.. AddressesOf(settings)],
                NodeInfo = new NodeSystemInfo
                {
                    MachineID = engine.Id,
                    KernelVersion = engine.KernelVersion,
                    OsImage = engine.OperatingSystem,
                    ContainerRuntimeVersion = $"docker://{engine.Version}",
                    KubeletVersion = version,
                    Architecture = engine.Architecture,
                },
                Images = machine.Images,
            },
        };

    /// <summary>A full disk does not make a machine unready: what runs goes on, and whether there is room again is known only by trying.</summary>
    private static Condition Ready(Trouble? down) => new()
    {
        Type = NodeConditions.Ready,
        Status = down is null ? ConditionStatus.True : ConditionStatus.False,
        Reason = down?.Reason ?? "EngineReady",
        Message = down?.Message ?? "The container engine takes work.",
    };

    /// <summary>Only said once there was something to say: most machines never have a pet.</summary>
    private static IReadOnlyList<Condition> WithPets(IReadOnlyList<Condition> before, Trouble? pets, DateTimeOffset now) =>
        pets is null && before.All(condition => condition.Type != NodeConditions.PetsUnguarded) ? before
            : before.With(Pressure(NodeConditions.PetsUnguarded, pets, "WatchdogAtWork", "A watchdog ends fenced pets where the agent cannot."), now);

    private static Condition Pressure(string type, Trouble? trouble, string reason, string message) => new()
    {
        Type = type,
        Status = trouble is null ? ConditionStatus.False : ConditionStatus.True,
        Reason = trouble?.Reason ?? reason,
        Message = trouble?.Message ?? message,
    };

    private static Dictionary<string, string> LabelsOf(EngineInfo engine, PodSettings settings)
    {
        var labels = new Dictionary<string, string>(settings.NodeLabels)
        {
            [NodeLabels.Region] = settings.Region,
            [NodeLabels.OperatingSystem] = "linux",
        };
        if (settings.Zone is { } zone)
            labels[NodeLabels.Zone] = zone;
        if (Federation.Api.Validation.Syntax.IsLabelValue(settings.Host))
            labels[NodeLabels.Hostname] = settings.Host;
        if (Federation.Api.Validation.Syntax.IsLabelValue(engine.Architecture))
            labels[NodeLabels.Architecture] = engine.Architecture;
        return labels;
    }

    private static Dictionary<string, string> AnnotationsOf(PodSettings settings)
    {
        var annotations = new Dictionary<string, string>
        {
            [NodeAnnotations.ServicePlane] = settings.ServicePlane.Name,
            [NodeAnnotations.ServicePlaneReason] = settings.ServicePlane.Reason,
        };
        if (settings.SnapshotDirectory is { } directory)
            annotations[NodeAnnotations.Snapshots] = directory;
        return annotations;
    }

    private static IEnumerable<NodeAddress> AddressesOf(PodSettings settings)
    {
        if (settings.HostIP is { } address)
            yield return new NodeAddress { Type = "InternalIP", Address = address };
        yield return new NodeAddress { Type = "Hostname", Address = settings.Host };
    }

    /// <summary>The same for the same machine whenever its agent starts.</summary>
    private static string UidOf(string cluster, string engine) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{cluster}/{engine}")).AsSpan(0, 16)).ToString();
}
