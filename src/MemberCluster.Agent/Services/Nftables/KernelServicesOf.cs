using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;

namespace MemberCluster.Agent.Services.Nftables;

/// <summary>Decides what of the wanted endpoints the kernel serves; the rest is left to the proxy. Pure.</summary>
/// <remarks>
/// <code>
/// endpoint                                            | served by
/// its port is another's                               | nobody
/// on a loopback, any or link-local address            | proxy: the kernel does not translate those, or not everywhere
/// all its backends and peers are of the other family  | proxy: the kernel does not translate between IPv4 and IPv6
/// else                                                | kernel
/// </code>
/// </remarks>
internal static class KernelServicesOf
{
    /// <param name="wanted">By work.</param>
    /// <param name="held">The addresses that could be had, with the work that has each.</param>
    /// <param name="localNetworks">Networks that this machine is in.</param>
    public static KernelServices Wanted(
        IEnumerable<ServiceEndpoint> wanted, IReadOnlyDictionary<ServiceAddress, string> held, IReadOnlyCollection<IPNetwork> localNetworks)
    {
        var endpoints = wanted.ToList();
        var services = endpoints
            .Where(endpoint => held.GetValueOrDefault(endpoint.Address) == endpoint.WorkUid && CanTranslate(endpoint.Listen.Address) && !IsOnlyOfOtherFamily(endpoint))
            .Select(ServiceOf)
            .DistinctBy(service => service.Address)
            .ToImmutableDictionary(service => service.Address);
        var pods = services.Values.SelectMany(service => service.Own).Select(address => address.Address).ToHashSet();
        return new KernelServices
        {
            Services = services,
            Peers = [.. endpoints.SelectMany(endpoint => endpoint.Peers).Select(peer => peer.Address.Address)],
            PodNetworks = [.. localNetworks.Where(network => pods.Any(network.Contains))],
        };
    }

    private static bool CanTranslate(IPAddress address) =>
        !IPAddress.IsLoopback(address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !address.IsIPv6LinkLocal;

    private static bool IsOnlyOfOtherFamily(ServiceEndpoint endpoint)
    {
        var addresses = endpoint.Backends.Select(backend => backend.Address).Concat(endpoint.Peers.Where(peer => peer.IsUp).Select(peer => peer.Address)).ToList();
        return addresses.Count > 0 && addresses.TrueForAll(address => address.AddressFamily != endpoint.Listen.AddressFamily);
    }

    private static KernelService ServiceOf(ServiceEndpoint endpoint)
    {
        bool IsSameFamily(IPEndPoint address) => address.AddressFamily == endpoint.Listen.AddressFamily;
        var own = endpoint.Backends.IsEmpty ? endpoint.Leaving : endpoint.Backends;
        return new KernelService(
            endpoint.Address,
            [.. own.Select(backend => backend.Address).Where(IsSameFamily).Distinct()],
            [.. endpoint.Peers.Where(peer => peer.IsUp && IsSameFamily(peer.Address)).Select(peer => new KernelPeer(peer.Address, peer.Weight)).DistinctBy(peer => peer.Address)])
        {
            IsLeaving = endpoint.Backends.IsEmpty && !endpoint.Leaving.IsEmpty,
        };
    }

    /// <summary>The networks of the machine's own addresses, by interface.</summary>
    public static ImmutableArray<LocalNetwork> LocalNetworks() =>
    [
        .. from adapter in NetworkInterface.GetAllNetworkInterfaces()
           from address in adapter.GetIPProperties().UnicastAddresses
           where !IPAddress.IsLoopback(address.Address) && address.PrefixLength > 0
           select new LocalNetwork(adapter.Name, NetworkOf(address.Address, address.PrefixLength)),
    ];

    private static IPNetwork NetworkOf(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = prefix; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(bytes), prefix);
    }
}

/// <summary>A network that this machine has an address in.</summary>
internal sealed record LocalNetwork(string Interface, IPNetwork Network);
