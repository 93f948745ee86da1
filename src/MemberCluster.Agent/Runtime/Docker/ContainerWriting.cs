using System.Diagnostics;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>The port's specification of a container, as the engine wants it. Pure.</summary>
internal static class ContainerWriting
{
    private const long NanosPerMilli = 1_000_000;

    /// <param name="spec">What to create.</param>
    /// <param name="sharedContainerId">For <see cref="ContainerNetwork.SharedWith"/>: the other container's id.</param>
    public static ContainerCreateWire ToWire(ContainerSpec spec, string? sharedContainerId) => new()
    {
        Image = spec.Image,
        Entrypoint = NullIfEmpty(spec.Entrypoint),
        Cmd = NullIfEmpty(spec.Args),
        Env = [.. spec.Env.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")],
        Labels = new Dictionary<string, string>(spec.Labels, StringComparer.Ordinal),
        Hostname = spec.Hostname,
        User = spec.User,
        WorkingDir = spec.WorkingDirectory,
        StopSignal = spec.StopSignal,
        Tty = spec.Tty,
        OpenStdin = spec.OpenStdin,
        HostConfig = new HostConfigWire
        {
            NetworkMode = ToNetworkMode(spec.Network, sharedContainerId),
            Memory = spec.Resources.MemoryLimitBytes,
            // Equal to Memory: no swap, so that a limit means the same on every machine.
            MemorySwap = spec.Resources.MemoryLimitBytes,
            MemoryReservation = spec.Resources.MemoryRequestBytes,
            NanoCpus = spec.Resources.CpuLimitMillicores * NanosPerMilli,
            CpuShares = spec.Resources.CpuShares,
            PidsLimit = spec.Resources.PidsLimit,
            Mounts = spec.Mounts.IsEmpty ? null : [.. spec.Mounts.Select(ToMount)],
            ReadonlyRootfs = spec.ReadOnlyRootFilesystem,
            Privileged = spec.Privileged,
            CapAdd = NullIfEmpty(spec.AddCapabilities),
            CapDrop = NullIfEmpty(spec.DropCapabilities),
            GroupAdd = spec.Groups.IsEmpty ? null : [.. spec.Groups.Select(group => $"{group}")],
            SecurityOpt = spec.NoNewPrivileges ? ["no-new-privileges:true"] : null,
            Sysctls = spec.Sysctls.IsEmpty ? null : new Dictionary<string, string>(spec.Sysctls, StringComparer.Ordinal),
            Ulimits = spec.Ulimits.IsEmpty ? null : [.. spec.Ulimits.Select(ulimit => new UlimitWire { Name = ulimit.Name, Soft = ulimit.Soft, Hard = ulimit.Hard })],
            ExtraHosts = spec.HostNames.IsEmpty ? null : [.. spec.HostNames.Select(host => $"{host.Name}:{host.Address}")],
            Dns = NullIfEmpty(spec.DnsServers),
            DnsSearch = NullIfEmpty(spec.DnsSearch),
            Init = spec.Init,
            LogConfig = new LogConfigWire
            {
                Type = "json-file",
                Config = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["max-size"] = $"{spec.Logs.MaxFileBytes}",
                    ["max-file"] = $"{spec.Logs.MaxFiles}",
                },
            },
        },
        NetworkingConfig = spec.Network is ContainerNetwork.Named named ? ToEndpoints(named) : null,
    };

    private static string ToNetworkMode(ContainerNetwork network, string? sharedContainerId) => network switch
    {
        ContainerNetwork.Default => "default",
        ContainerNetwork.None => "none",
        ContainerNetwork.Host => "host",
        ContainerNetwork.Named named => named.Name,
        ContainerNetwork.SharedWith => $"container:{sharedContainerId}",
        _ => throw new UnreachableException($"No network mode for {network.GetType().Name}."),
    };

    private static NetworkingConfigWire ToEndpoints(ContainerNetwork.Named network) => new()
    {
        EndpointsConfig = new Dictionary<string, EndpointWire>(StringComparer.Ordinal)
        {
            [network.Name] = new EndpointWire { Aliases = NullIfEmpty(network.Aliases) },
        },
    };

    private static MountWire ToMount(ContainerMount mount) => mount switch
    {
        ContainerMount.Volume volume => new MountWire { Type = "volume", Source = volume.Name, Target = mount.Target, ReadOnly = mount.ReadOnly },
        ContainerMount.Bind bind => new MountWire { Type = "bind", Source = bind.Source, Target = mount.Target, ReadOnly = mount.ReadOnly },
        ContainerMount.Tmpfs tmpfs => new MountWire
        {
            Type = "tmpfs",
            Target = mount.Target,
            ReadOnly = mount.ReadOnly,
            TmpfsOptions = tmpfs.SizeBytes is { } size ? new TmpfsOptionsWire { SizeBytes = size } : null,
        },
        _ => throw new UnreachableException($"No mount for {mount.GetType().Name}."),
    };

    private static string[]? NullIfEmpty(System.Collections.Immutable.ImmutableArray<string> values) => values.IsDefaultOrEmpty ? null : [.. values];
}
