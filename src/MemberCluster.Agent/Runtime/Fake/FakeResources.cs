using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>Networks and volumes of one fake engine.</summary>
internal sealed class FakeResources(FakeEngineOptions options)
{
    private readonly ConcurrentDictionary<string, ContainerNetworkInfo> _networks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Volume> _volumes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FakeVolumeFiles> _files = new(StringComparer.Ordinal);

    public IEnumerable<ContainerNetworkInfo> Networks => _networks.Values.OrderBy(network => network.Name, StringComparer.Ordinal);

    public IEnumerable<Volume> Volumes => _volumes.Values.OrderBy(volume => volume.Name, StringComparer.Ordinal);

    public ContainerNetworkInfo? FindNetwork(string network) =>
        _networks.GetValueOrDefault(network) ?? _networks.Values.FirstOrDefault(candidate => candidate.Id == network);

    // Every fake container has a loopback address; the machine reaches it without a gateway of its own.
    public ContainerNetworkInfo EnsureNetwork(NetworkSpec spec) => _networks.GetOrAdd(spec.Name, name => new ContainerNetworkInfo
    {
        Id = FakeContainerStore.Hash($"{options.Name}/network/{name}"),
        Name = name,
        Labels = spec.Labels,
        Subnet = spec.Subnet ?? $"127.{options.AddressOctet}.0.0/16",
        Gateway = "127.0.0.1",
    });

    public bool RemoveNetwork(string name) => _networks.TryRemove(name, out _);

    public Volume EnsureVolume(string name, ImmutableDictionary<string, string> labels) =>
        _volumes.GetOrAdd(name, _ => new Volume(name, labels, options.VolumesRoot is { } root ? Directory.CreateDirectory(Path.Combine(root, name)).FullName : $"/fake/volumes/{name}"));

    public Volume? FindVolume(string name) => _volumes.GetValueOrDefault(name);

    public FakeVolumeFiles FilesOf(string name) => _files.GetOrAdd(name, _ => new FakeVolumeFiles());

    public bool RemoveVolume(string name)
    {
        _files.TryRemove(name, out _);
        return _volumes.TryRemove(name, out _);
    }
}

internal sealed class FakeNetworks(FakeEngine engine) : INetworks
{
    public async Task<ContainerNetworkInfo> EnsureAsync(NetworkSpec spec, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.EnsureNetwork, spec.Name, cancellationToken);
        return engine.Resources.EnsureNetwork(spec);
    }

    public async Task<ImmutableArray<ContainerNetworkInfo>> ListAsync(ImmutableArray<string> labels, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.ListNetworks, "all", cancellationToken);
        return [.. engine.Resources.Networks.Where(network => LabelMatching.Matches(labels, network.Labels))];
    }

    public async Task<bool> RemoveAsync(string network, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.RemoveNetwork, network, cancellationToken);
        if (engine.Resources.FindNetwork(network) is not { } found)
            return false;
        if (engine.Store.Running().Any(container => container.Spec.Network is ContainerNetwork.Named named && named.Name == found.Name))
            throw FakeFaults.Failed(FakeOperation.RemoveNetwork, network, RuntimeFailure.Conflict, "network has active endpoints");
        return engine.Resources.RemoveNetwork(found.Name);
    }
}

internal sealed class FakeVolumes(FakeEngine engine) : IVolumes
{
    public async Task<Volume> EnsureAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.EnsureVolume, name, cancellationToken);
        return engine.Resources.EnsureVolume(name, labels);
    }

    public async Task<Volume?> FindAsync(string name, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.FindVolume, name, cancellationToken);
        return engine.Resources.FindVolume(name);
    }

    public async Task<IVolumeContents> OpenAsync(string name, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.OpenVolume, name, cancellationToken);
        if (engine.Resources.FindVolume(name) is null)
            throw FakeFaults.Failed(FakeOperation.OpenVolume, name, RuntimeFailure.NotFound, "no such volume");
        return new FakeVolumeContents(engine, name, engine.Resources.FilesOf(name));
    }

    public Task CloseAsync(string name, CancellationToken cancellationToken)
    {
        engine.Resources.FilesOf(name).Close();
        return engine.BeforeAsync(FakeOperation.OpenVolume, name, cancellationToken);
    }

    public async Task<ImmutableArray<Volume>> ListAsync(ImmutableArray<string> labels, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.ListVolumes, "all", cancellationToken);
        return [.. engine.Resources.Volumes.Where(volume => LabelMatching.Matches(labels, volume.Labels))];
    }

    public async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await engine.BeforeAsync(FakeOperation.RemoveVolume, name, cancellationToken);
        var isUsed = engine.Store.All().Any(container => container.Spec.Mounts.OfType<ContainerMount.Volume>().Any(volume => volume.Name == name)) || engine.Resources.FilesOf(name).IsOpen;
        if (isUsed)
            throw FakeFaults.Failed(FakeOperation.RemoveVolume, name, RuntimeFailure.Conflict, "volume is in use");
        return engine.Resources.RemoveVolume(name);
    }
}
