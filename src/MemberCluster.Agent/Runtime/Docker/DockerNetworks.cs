using System.Collections.Immutable;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

internal sealed class DockerNetworks(DockerHttp http) : INetworks, IDisposable
{
    // Engines before 25 make two networks of one name when asked twice at the same time, and then refuse the name as ambiguous.
    private readonly SemaphoreSlim _ensuring = new(1);

    public void Dispose() => _ensuring.Dispose();

    public async Task<ContainerNetworkInfo> EnsureAsync(NetworkSpec spec, CancellationToken cancellationToken)
    {
        await _ensuring.WaitAsync(cancellationToken);
        try
        {
            if (await FindOldestAsync(spec.Name, cancellationToken) is { } existing)
                return ToInfo(existing);
            var made = await TryCreateAsync(spec, cancellationToken);
            var oldest = await FindOldestAsync(spec.Name, cancellationToken)
                ?? throw new RuntimeException(RuntimeFailure.NotFound, $"Network {spec.Name} was removed while it was made.");
            if (made is not null && oldest.Id != made)
                await RemoveAsync(made, cancellationToken);   // another process was first; all of them keep the oldest
            return ToInfo(oldest);
        }
        finally
        {
            _ensuring.Release();
        }
    }

    public async Task<ImmutableArray<ContainerNetworkInfo>> ListAsync(ImmutableArray<string> labels, CancellationToken cancellationToken)
    {
        var path = DockerPath.WithQuery("networks", ("filters", DockerPath.Filters(("label", labels))));
        var networks = await http.GetAsync(new EngineCall("list networks"), path, DockerJson.Default.NetworkWireArray, cancellationToken);
        return [.. networks.Select(ToInfo)];
    }

    public async Task<bool> RemoveAsync(string network, CancellationToken cancellationToken)
    {
        try
        {
            await http.SendAsync(new EngineCall($"remove network {network}"), HttpMethod.Delete, $"networks/{Uri.EscapeDataString(network)}", cancellationToken);
            return true;
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.NotFound)
        {
            return false;
        }
    }

    /// <summary>The new network's id; null when the engine says there is one of that name.</summary>
    private async Task<string?> TryCreateAsync(NetworkSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            var created = await http.PostAsync(
                new EngineCall($"create network {spec.Name}"), "networks/create", ToWire(spec), DockerJson.Default.NetworkCreateWire, DockerJson.Default.IdWire, cancellationToken);
            return created.Id;
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.Conflict)
        {
            return null;
        }
    }

    private async Task<NetworkWire?> FindOldestAsync(string name, CancellationToken cancellationToken)
    {
        // The engine's filter finds parts of names too.
        var path = DockerPath.WithQuery("networks", ("filters", DockerPath.Filters(("name", [name]))));
        var networks = await http.GetAsync(new EngineCall($"find network {name}"), path, DockerJson.Default.NetworkWireArray, cancellationToken);
        return networks.Where(network => network.Name == name).OrderBy(network => network.Created).ThenBy(network => network.Id, StringComparer.Ordinal).FirstOrDefault();
    }

    private static NetworkCreateWire ToWire(NetworkSpec spec) => new()
    {
        Name = spec.Name,
        Driver = "bridge",
        Labels = new Dictionary<string, string>(spec.Labels, StringComparer.Ordinal),
        IPAM = spec.Subnet is { } subnet ? new IpamWire { Config = [new IpamPoolWire { Subnet = subnet }] } : null,
    };

    private static ContainerNetworkInfo ToInfo(NetworkWire wire)
    {
        // An engine with IPv6 lists more pools; the IPv4 one is what pods are reached on.
        var pools = wire.IPAM?.Config ?? [];
        var pool = pools.FirstOrDefault(candidate => candidate.Subnet?.Contains('.', StringComparison.Ordinal) ?? false) ?? pools.FirstOrDefault();
        return new ContainerNetworkInfo
        {
            Id = wire.Id ?? "",
            Name = wire.Name ?? "",
            Labels = ContainerReading.ToLabels(wire.Labels),
            Subnet = pool?.Subnet,
            Gateway = pool?.Gateway,
        };
    }
}
