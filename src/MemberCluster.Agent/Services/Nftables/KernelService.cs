using System.Collections.Immutable;
using System.Net;

namespace MemberCluster.Agent.Services.Nftables;

/// <summary>One port as the kernel serves it. Addresses are all of one family.</summary>
/// <param name="Address">Where clients connect.</param>
/// <param name="Own">This node's ready pods.</param>
/// <param name="Peers">Other nodes that answer, with their weights.</param>
internal sealed record KernelService(ServiceAddress Address, ImmutableArray<IPEndPoint> Own, ImmutableArray<KernelPeer> Peers)
{
    /// <summary>The own pods are leaving: only what other nodes send still goes to them.</summary>
    public bool IsLeaving { get; init; }

    public bool Equals(KernelService? other) =>
        other is not null && Address == other.Address && Own.SequenceEqual(other.Own) && Peers.SequenceEqual(other.Peers) && IsLeaving == other.IsLeaving;

    public override int GetHashCode() => HashCode.Combine(Address, Own.Length, Peers.Length);
}

internal readonly record struct KernelPeer(IPEndPoint Address, int Weight);

/// <summary>Everything that one agent wants of the kernel. Immutable.</summary>
internal sealed record KernelServices
{
    public static KernelServices None { get; } = new();

    public ImmutableDictionary<ServiceAddress, KernelService> Services { get; init; } = ImmutableDictionary<ServiceAddress, KernelService>.Empty;

    /// <summary>Other nodes: what comes from them goes to own pods only; what goes to them comes from the address that was asked.</summary>
    public ImmutableHashSet<IPAddress> Peers { get; init; } = [];

    /// <summary>The networks that own pods are in: between two of its addresses answers would not come back this way, so this machine's address stands in.</summary>
    public ImmutableHashSet<IPNetwork> PodNetworks { get; init; } = [];
}
