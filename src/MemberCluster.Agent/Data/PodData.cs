using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using TemplateContainer = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Data;

/// <summary>Gives a container what its template takes from ConfigMaps, Secrets and the pod itself: variables, and files to mount.</summary>
/// <param name="directories">Where the files are.</param>
/// <param name="containers">To ask for the pod's address.</param>
/// <param name="held">The work that is held for a uid now: of data only the newest counts, whatever a step began with.</param>
/// <param name="time">For the names of versions.</param>
internal sealed class PodData(DataDirectories directories, IContainers containers, Func<string, Work?> held, TimeProvider time)
{
    /// <summary>The kernel's number for a full disk, as .NET passes it on.</summary>
    private const int NoSpaceLeft = 28;

    /// <summary>What the container gets; its files are written.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Waiting"/>: something is not there yet. <see cref="RuntimeFailure.DiskFull"/>.</exception>
    public async Task<ContainerData> PrepareAsync(PodIdentity pod, Work work, PodAction.Run run, PodSettings settings, CancellationToken cancellationToken)
    {
        work = Newest(work);
        var template = work.Template.Spec.Find(run.Slot)!;
        RefuseSecretsOnDisk(work.Template.Spec, template);
        var facts = FactsOf(pod, work.Template, settings) with { PodIP = await FindPodIPAsync(template, run, cancellationToken) };
        var env = ContainerEnvironment.Of(template, PodContainers.OwnVariables(pod, settings).SetItems(PetsFile.Variables(pod, work)), work, facts, out var missing);
        if (missing is not null)
            throw Waiting(missing);
        var name = PodContainers.NameOf(pod, run.Slot, run.Restarts);
        var mounts = template.VolumeMounts.Count == 0 && pod.Epoch is null ? [] : await Task.Run(() => MountsInTurn(pod, work, template, name, facts), cancellationToken);
        return new ContainerData(env, [.. mounts], ImageRequest.Of(template, work));
    }

    public static PodFacts FactsOf(PodIdentity pod, PodTemplate template, PodSettings settings) => new()
    {
        Name = pod.Name,
        Namespace = pod.Namespace,
        Uid = pod.Uid,
        Cluster = settings.Cluster,
        Region = settings.Region,
        Zone = settings.Zone ?? "",
        Node = settings.Node,
        HostIP = settings.HostIP ?? "",
        Template = template,
        Machine = settings.Machine,
    };

    private List<ContainerMount> MountsInTurn(PodIdentity pod, Work work, TemplateContainer template, string container, PodFacts facts)
    {
        lock (directories.Gate)
            return Mounts(pod, Newest(work), template, container, facts);
    }

    private List<ContainerMount> Mounts(PodIdentity pod, Work work, TemplateContainer template, string container, PodFacts facts)
    {
        var mounts = new List<ContainerMount>();
        var written = new HashSet<string>();
        for (var i = 0; i < template.VolumeMounts.Count; i++)
        {
            var mount = template.VolumeMounts[i];
            if (work.Template.Spec.Volumes.FirstOrDefault(volume => volume.Name == mount.Name) is not { } volume || !VolumeFiles.IsData(volume))
                continue;
            var path = directories.VolumeOf(pod.Uid, volume.Name, VolumeFiles.IsSecret(volume));
            if (written.Add(volume.Name))
                Write(path, volume, work, facts);
            var source = string.IsNullOrEmpty(mount.SubPath)
                ? path
                : SubPaths.Copy(AtomicDirectory.Current(path), mount.SubPath, directories.SubPathOf(pod.Uid, container, i, VolumeFiles.IsSecret(volume)));
            mounts.Add(new ContainerMount.Bind(source) { Target = mount.MountPath, ReadOnly = true });
        }

        // Where the template mounts something of its own, that counts.
        if (pod.Epoch is not null && template.VolumeMounts.All(mount => mount.MountPath.TrimEnd('/') != PetsFile.Directory))
            mounts.Add(PetsMount(pod, work));
        return mounts;
    }

    private ContainerMount.Bind PetsMount(PodIdentity pod, Work work)
    {
        var path = directories.VolumeOf(pod.Uid, PetsFile.Volume, isSecret: false);
        Write(path, PetsFile.Volume, PetsFile.Files(work), group: null);
        return new ContainerMount.Bind(path) { Target = PetsFile.Directory, ReadOnly = true };
    }

    /// <summary>Of what changes while pods run only the newest counts.</summary>
    private Work Newest(Work work) => held(work.Uid) is not { } newest ? work : work with
    {
        Data = newest.Data,
        Expose = newest.Expose,
        Pets = newest.Pets ?? work.Pets,
    };

    private void Write(string path, Federation.Api.Apps.Volume volume, Work work, PodFacts facts)
    {
        var files = VolumeFiles.Of(volume, work, facts, out var missing);
        // What a pod has it keeps: an object that was deleted since takes no file away.
        if (missing is not null && AtomicDirectory.Exists(path))
            return;
        if (missing is not null)
            throw Waiting(missing);
        Write(path, volume.Name, files, work.Template.Spec.SecurityContext?.FsGroup);
    }

    private void Write(string path, string volume, IReadOnlyList<VolumeFile> files, long? group)
    {
        try
        {
            AtomicDirectory.Write(path, files, group, time.GetUtcNow());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var isFull = exception.HResult == NoSpaceLeft;
            throw new RuntimeException(isFull ? RuntimeFailure.DiskFull : RuntimeFailure.Waiting, $"The files of volume {volume} cannot be written: {exception.Message}", exception)
            {
                Reason = isFull ? Reasons.DiskFull : Reasons.DataDirectoryFailed,
            };
        }
    }

    private void RefuseSecretsOnDisk(PodSpec spec, TemplateContainer template)
    {
        if (directories.Runtime.Problem is not { } problem)
            return;
        var hasSecret = template.EnvFrom.Any(source => source.SecretRef is not null)
            || template.Env.Any(variable => variable.ValueFrom?.SecretKeyRef is not null)
            || template.VolumeMounts.Any(mount => spec.Volumes.Any(volume => volume.Name == mount.Name && VolumeFiles.IsSecret(volume)));
        if (hasSecret)
            throw Waiting(new MissingData(Reasons.SecretsNeedTmpfs, $"Secrets are kept in memory only, and {problem}"));
    }

    /// <summary>Known only once the container that owns the network runs; validation lets only the others ask.</summary>
    private async Task<string> FindPodIPAsync(TemplateContainer template, PodAction.Run run, CancellationToken cancellationToken)
    {
        var isAsked = template.Env.Any(variable => variable.ValueFrom?.FieldRef is { } field && PodFieldPath.TryParse(field.FieldPath, out var path) && path.Field == PodField.PodIP);
        return isAsked && run.Holder is { } holder ? (await containers.TryInspectAsync(holder, cancellationToken))?.IpAddress ?? "" : "";
    }

    private static RuntimeException Waiting(MissingData missing) => new(RuntimeFailure.Waiting, missing.Message) { Reason = missing.Reason };
}

/// <summary>What one container gets of its pod's data.</summary>
/// <param name="Env">All its variables.</param>
/// <param name="Mounts">Its files.</param>
/// <param name="Image">What it runs.</param>
internal sealed record ContainerData(ImmutableDictionary<string, string> Env, ImmutableArray<ContainerMount> Mounts, ImageRequest Image)
{
    /// <summary>The container with it; its command may name the variables.</summary>
    public Runtime.ContainerSpec Complete(Runtime.ContainerSpec spec) => spec with
    {
        Image = Image.Reference,
        Env = Env,
        Entrypoint = [.. spec.Entrypoint.Select(text => Expansion.Expand(text, Env))],
        Args = [.. spec.Args.Select(text => Expansion.Expand(text, Env))],
        Mounts = [.. spec.Mounts, .. Mounts],
    };
}
