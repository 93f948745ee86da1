using System.Collections.Immutable;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

internal sealed class DockerNetworks(DockerHttp http) : INetworks
{
    public async Task<ContainerNetworkInfo> EnsureAsync(NetworkSpec spec, CancellationToken cancellationToken)
    {
        if (await FindAsync(spec.Name, cancellationToken) is { } existing)
            return existing;
        try
        {
            await http.PostAsync(
                new EngineCall($"create network {spec.Name}"), "networks/create", ToWire(spec), DockerJson.Default.NetworkCreateWire, DockerJson.Default.IdWire, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.Conflict)
        {
            // Someone else made it in between; that one is as good.
        }

        return ToInfo(await InspectAsync(spec.Name, cancellationToken));
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

    private async Task<ContainerNetworkInfo?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return ToInfo(await InspectAsync(name, cancellationToken));
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.NotFound)
        {
            return null;
        }
    }

    private Task<NetworkWire> InspectAsync(string name, CancellationToken cancellationToken) =>
        http.GetAsync(new EngineCall($"inspect network {name}"), $"networks/{Uri.EscapeDataString(name)}", DockerJson.Default.NetworkWire, cancellationToken);

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
