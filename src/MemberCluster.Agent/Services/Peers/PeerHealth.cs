using System.Collections.Immutable;
using System.Net;

namespace MemberCluster.Agent.Services.Peers;

/// <summary>Which nodes, and which ports of them, do not answer. Immutable and pure.</summary>
/// <remarks>
/// <code>
/// tried port  | the machine               | its ports
/// Up          | up                        | this one up
/// Refused     | up                        | this one down; the others are tried at once: one who refuses may refuse them all
/// Silent      | down, and with it all     | as they were
/// </code>
/// A UDP port is no more than its machine.
/// </remarks>
internal sealed record PeerHealth
{
    public static PeerHealth Unknown { get; } = new();

    public ImmutableHashSet<IPAddress> Silent { get; private init; } = [];

    public ImmutableHashSet<IPEndPoint> Refused { get; private init; } = [];

    public bool IsUp(PeerAddress peer, ServiceProtocol protocol) =>
        !Silent.Contains(peer.Address.Address) && (protocol == ServiceProtocol.Udp || !Refused.Contains(peer.Address));

    public PeerHealth With(IPEndPoint peer, PeerAnswer answer) => answer switch
    {
        PeerAnswer.Silent => Same(Silent.Add(peer.Address), Refused),
        PeerAnswer.Refused => Same(Silent.Remove(peer.Address), Refused.Add(peer)),
        _ => Same(Silent.Remove(peer.Address), Refused.Remove(peer)),
    };

    /// <summary>Forgets those that are no peers any more.</summary>
    public PeerHealth Only(ImmutableHashSet<IPEndPoint> peers)
    {
        var addresses = peers.Select(peer => peer.Address).ToHashSet();
        return Same(Silent.Intersect(addresses), Refused.Intersect(peers));
    }

    private PeerHealth Same(ImmutableHashSet<IPAddress> silent, ImmutableHashSet<IPEndPoint> refused) =>
        silent.SetEquals(Silent) && refused.SetEquals(Refused) ? this : new PeerHealth { Silent = silent, Refused = refused };
}
