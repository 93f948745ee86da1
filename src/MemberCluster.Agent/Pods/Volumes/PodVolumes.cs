using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Volumes;
using Microsoft.Extensions.Logging;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;
using Volume = Federation.Api.Apps.Volume;

namespace MemberCluster.Agent.Pods.Volumes;

/// <summary>Makes the volumes of a pod before its containers need them, each time anew as far as something is missing, and removes them once the pod is gone.</summary>
internal sealed partial class PodVolumes(PodDirectories directories, IVolumes volumes, VolumeReaders readers, ILogger<PodVolumes> logger)
{
    private const UnixFileMode OpenToAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The mounts of one container, except those of data.</summary>
    /// <param name="pod">Whose container it is.</param>
    /// <param name="spec">The pod's template.</param>
    /// <param name="container">Of the template.</param>
    /// <param name="claims">Volumes that each pet has for itself.</param>
    /// <param name="settings">Of the machine.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.NotAllowed"/> with the reason, or the engine's refusal.</exception>
    public async Task<ImmutableArray<ContainerMount>> PrepareAsync(
        PodIdentity pod, PodSpec spec, ContainerSpec container, IReadOnlyList<WorkClaim> claims, PodSettings settings, CancellationToken cancellationToken)
    {
        var mounts = ImmutableArray.CreateBuilder<ContainerMount>();
        foreach (var mount in container.VolumeMounts)
        {
            if (spec.Volumes.FirstOrDefault(volume => volume.Name == mount.Name) is { } volume && !Data.VolumeFiles.IsData(volume))
                mounts.Add(await PrepareAsync(pod, spec, volume, mount, settings, cancellationToken));
            else if (pod.Epoch is not null && claims.FirstOrDefault(claim => claim.Name == mount.Name) is { } claim)
                mounts.Add(MountOf(await EnsureClaimAsync(pod, claim, settings, cancellationToken), mount));
        }

        return mounts.ToImmutable();
    }

    /// <summary>Removes what was only the pod's. Named volumes and paths of the machine stay.</summary>
    public void Remove(string podUid)
    {
        try
        {
            var path = directories.Of(podUid);
            var memory = Path.Combine(path, "memory");
            if (Directory.Exists(memory))
            {
                foreach (var mount in Directory.EnumerateDirectories(memory))
                    MachineMounts.RemoveMemory(mount);
            }

            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // What is left is tried again when the agent starts.
            LogNotRemoved(podUid, exception.Message);
        }
    }

    /// <summary>Removes what pods left that are no more, as after an agent that died between the two.</summary>
    /// <param name="uids">Of the pods that exist.</param>
    public void RemoveLeftovers(IReadOnlySet<string> uids)
    {
        foreach (var leftover in directories.List().Where(uid => !uids.Contains(uid)))
        {
            LogLeftover(leftover);
            Remove(leftover);
        }
    }

    /// <summary>The engine's name for a named volume; no name has an underscore, so no two of them meet.</summary>
    public static string NameOf(string cluster, string @namespace, string volume) => $"federation_{cluster}_{@namespace}_{volume}";

    private async Task<ContainerMount> PrepareAsync(
        PodIdentity pod, PodSpec spec, Volume volume, VolumeMount mount, PodSettings settings, CancellationToken cancellationToken)
    {
        var isReadOnly = mount.ReadOnly ?? false;
        var group = spec.SecurityContext?.FsGroup;
        if (volume.Named is { } named)
        {
            return MountOf(await EnsureNamedAsync(pod, named.VolumeName ?? volume.Name, settings, cancellationToken), mount);
        }

        var source = volume switch
        {
            { EmptyDir: { Medium: "Memory" } empty } => EnsureMemory(directories.Memory(pod.Uid, volume.Name), empty, group),
            { EmptyDir: not null } => EnsureDirectory(directories.Disk(pod.Uid, volume.Name), group),
            { HostPath: { } host } => HostPaths.Prepare(host, settings.Permissions.HostPaths),
            _ => throw SafePath.Refused($"volume {volume.Name} is of a kind that the agent of this machine does not know"),
        };
        var path = string.IsNullOrEmpty(mount.SubPath) ? source : SubPath(source, mount.SubPath, volume, group);
        return new ContainerMount.Bind(path) { Target = mount.MountPath, ReadOnly = isReadOnly };
    }

    /// <summary>The engine's name for a pet's volume: the same for every epoch, so that a pet finds what it left.</summary>
    public static string NameOf(string cluster, string @namespace, string set, string claim, int ordinal) =>
        string.Create(CultureInfo.InvariantCulture, $"federation_{cluster}_{@namespace}_{set}_{claim}_{ordinal}");

    /// <summary>What every volume of a pet is labelled with.</summary>
    public static ImmutableDictionary<string, string> LabelsOf(string cluster, string @namespace, string set, string uid, int ordinal, WorkClaim claim) => ImmutableDictionary.CreateRange<string, string>(
    [
        new(PodLabels.Cluster, cluster),
        new(PodLabels.Namespace, @namespace),
        new(PodLabels.Name, set),
        new(PodLabels.Uid, uid),
        new(PodLabels.Ordinal, ordinal.ToString(CultureInfo.InvariantCulture)),
        new(AgentLabels.Claim, claim.Name),
        new(AgentLabels.Size, claim.Bytes.ToString(CultureInfo.InvariantCulture)),
        new(AgentLabels.Class, claim.Class),
    ]);

    /// <summary>Called with a pet's uid and ordinal before it gets its volumes.</summary>
    public Action<string, int>? Used { get; set; }

    private static ContainerMount MountOf(Runtime.Volume volume, VolumeMount mount) => string.IsNullOrEmpty(mount.SubPath)
        ? new ContainerMount.Volume(volume.Name) { Target = mount.MountPath, ReadOnly = mount.ReadOnly ?? false }
        : new ContainerMount.Bind(SafePath.Below(volume.Path, mount.SubPath)) { Target = mount.MountPath, ReadOnly = mount.ReadOnly ?? false };

    private async Task<Runtime.Volume> EnsureClaimAsync(PodIdentity pod, WorkClaim claim, PodSettings settings, CancellationToken cancellationToken)
    {
        var name = NameOf(settings.Cluster, pod.Namespace, pod.Owner, claim.Name, pod.Ordinal);
        Used?.Invoke(pod.WorkUid, pod.Ordinal);
        readers.Cut(name);
        if (await volumes.FindAsync(VolumeMarks.NameOf(name), cancellationToken) is not null)
        {
            throw new RuntimeException(RuntimeFailure.Waiting, $"The volume {claim.Name} of {pod.Name} did not come whole from another cluster, and is not used")
            {
                Reason = Reasons.VolumeUnfinished,
            };
        }

        return await volumes.EnsureAsync(name, LabelsOf(settings.Cluster, pod.Namespace, pod.Owner, pod.WorkUid, pod.Ordinal, claim), cancellationToken);
    }

    private static string SubPath(string source, string subPath, Volume volume, long? group)
    {
        var isThere = Path.Exists(Path.Combine(source, subPath));
        var path = SafePath.Below(source, subPath);
        // What is made here is as open as the volume itself; what was there is somebody's.
        if (!isThere && volume.EmptyDir is not null)
            Open(path, group);
        return path;
    }

    private Task<Runtime.Volume> EnsureNamedAsync(PodIdentity pod, string name, PodSettings settings, CancellationToken cancellationToken)
    {
        var labels = ImmutableDictionary<string, string>.Empty
            .Add(PodLabels.Cluster, settings.Cluster).Add(PodLabels.Namespace, pod.Namespace).Add(AgentLabels.Volume, name);
        return volumes.EnsureAsync(NameOf(settings.Cluster, pod.Namespace, name), labels, cancellationToken);
    }

    private static string EnsureMemory(string path, EmptyDirVolume empty, long? group)
    {
        MachineMounts.EnsureMemory(path, empty.SizeLimit?.Value);
        if (group is { } owner)
            MachineMounts.GiveToGroup(path, owner);
        return path;
    }

    private static string EnsureDirectory(string path, long? group)
    {
        if (Directory.Exists(path))
            return path;
        // Made under another name first: a directory that is there is right.
        var temporary = path + ".new";
        Directory.CreateDirectory(temporary);
        Open(temporary, group);
        Directory.Move(temporary, path);
        return path;
    }

    private static void Open(string path, long? group)
    {
        if (group is { } owner)
            MachineMounts.GiveToGroup(path, owner);
        File.SetUnixFileMode(path, group is null ? OpenToAll : OpenToAll | UnixFileMode.SetGroup);
    }

    [LoggerMessage(EventId = 520, Level = LogLevel.Warning, Message = "What pod {Uid} left on the machine cannot be removed; it is tried again at the next start. {Problem}")]
    private partial void LogNotRemoved(string uid, string problem);

    [LoggerMessage(EventId = 521, Level = LogLevel.Information, Message = "Removing what pod {Uid} left on the machine")]
    private partial void LogLeftover(string uid);
}
