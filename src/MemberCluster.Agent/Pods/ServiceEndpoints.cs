using System.Collections.Immutable;
using System.Net;
using Federation.Api.Agents;
using MemberCluster.Agent.Services;

namespace MemberCluster.Agent.Pods;

/// <summary>What a node offers for one work: its ports on every address, with this node's ready pods and the other nodes that have some. Pure.</summary>
internal static class ServiceEndpoints
{
    /// <param name="uid">The work.</param>
    /// <param name="work">As it is held here; null: this node runs nothing of it, and only passes on.</param>
    /// <param name="elsewhere">Where other nodes serve it; null: nowhere.</param>
    /// <param name="pods">This node's.</param>
    /// <param name="listen">The addresses that ports are opened on.</param>
    public static ImmutableArray<ServiceEndpoint> Of(
        string uid, Work? work, WorkEndpoints? elsewhere, ImmutableArray<ObservedPod> pods, ImmutableArray<IPAddress> listen)
    {
        var leaving = pods.Where(pod => pod.IsStopping && pod.IsRunning && pod.Address is not null).ToList();
        var peers = (elsewhere?.Peers ?? [])
            .Select(peer => (peer.Node, Address: IPAddress.TryParse(peer.Address, out var address) ? address : null, peer.ReadyPods, Pets: IndexSet.Parse(peer.Pets)))
            .Where(peer => peer.Address is not null && !listen.Contains(peer.Address))
            .ToList();
        return
        [
            .. from address in listen
               from port in work?.Expose ?? elsewhere?.Ports ?? []
               select new ServiceEndpoint(
                   uid,
                   new IPEndPoint(address, port.Port),
                   Backends(pods.Where(pod => Serves(pod, port)), port))
               {
                   Leaving = Backends(leaving.Where(pod => port.Ordinal is null || IsPet(pod, port)), port),
                   Ordinal = port.Ordinal,
                   Protocol = port.Protocol == "UDP" ? ServiceProtocol.Udp : ServiceProtocol.Tcp,
                   // A pet is one pod, wherever it is.
                   Peers = [.. peers.Where(peer => port.Ordinal is { } ordinal ? peer.Pets.Contains(ordinal) : peer.ReadyPods > 0).Select(peer => new PeerAddress(peer.Node, new IPEndPoint(peer.Address!, port.Port), port.Ordinal is null ? peer.ReadyPods : 1))],
               },
        ];
    }

    /// <summary>A pet's own port leads to it as soon as it runs: its peers reach it before it is ready.</summary>
    private static bool Serves(ObservedPod pod, WorkPort port) =>
        !pod.IsStopping && pod.Address is not null && (port.Ordinal is null ? !pod.IsUnready : IsPet(pod, port) && pod.IsRunning);

    private static bool IsPet(ObservedPod pod, WorkPort port) => pod.Identity.Ordinal == port.Ordinal;

    private static ImmutableArray<BackendAddress> Backends(IEnumerable<ObservedPod> pods, WorkPort port) =>
        [.. pods.Select(pod => new BackendAddress(pod.Name, new IPEndPoint(pod.Address!, port.TargetPort)))];
}
