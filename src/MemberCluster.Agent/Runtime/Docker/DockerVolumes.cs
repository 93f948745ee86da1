using System.Collections.Immutable;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

internal sealed class DockerVolumes(DockerHttp http, DockerContainers containers, DockerImages images) : IVolumes
{
    // The engine itself answers a create of an existing name with the existing volume.
    public async Task<Volume> EnsureAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        var body = new VolumeCreateWire { Name = name, Labels = new Dictionary<string, string>(labels, StringComparer.Ordinal) };
        return ToVolume(await http.PostAsync(
            new EngineCall($"create volume {name}"), "volumes/create", body, DockerJson.Default.VolumeCreateWire, DockerJson.Default.VolumeWire, cancellationToken));
    }

    public async Task<Volume?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return ToVolume(await http.GetAsync(new EngineCall($"inspect volume {name}"), $"volumes/{Uri.EscapeDataString(name)}", DockerJson.Default.VolumeWire, cancellationToken));
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.NotFound)
        {
            return null;
        }
    }

    public async Task<ImmutableArray<Volume>> ListAsync(ImmutableArray<string> labels, CancellationToken cancellationToken)
    {
        var path = DockerPath.WithQuery("volumes", ("filters", DockerPath.Filters(("label", labels))));
        var list = await http.GetAsync(new EngineCall("list volumes"), path, DockerJson.Default.VolumeListWire, cancellationToken);
        return [.. (list.Volumes ?? []).Select(ToVolume)];
    }

    public async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await http.SendAsync(new EngineCall($"remove volume {name}"), HttpMethod.Delete, $"volumes/{Uri.EscapeDataString(name)}", cancellationToken);
            return true;
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.NotFound)
        {
            return false;
        }
    }

    public async Task<IVolumeContents> OpenAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        // A container would make a volume that is missing.
        var volume = await FindAsync(name, cancellationToken) ?? throw new RuntimeException(RuntimeFailure.NotFound, $"Cannot open volume {name}: there is none.");
        return await DockerVolumeContents.OpenAsync(http, containers, images, volume, labels, cancellationToken);
    }

    public Task CloseAsync(string name, CancellationToken cancellationToken) =>
        containers.RemoveAsync(DockerVolumeContents.HolderOf(name), force: true, cancellationToken);

    private static Volume ToVolume(VolumeWire wire) => new(wire.Name ?? "", ContainerReading.ToLabels(wire.Labels), wire.Mountpoint ?? "");
}
