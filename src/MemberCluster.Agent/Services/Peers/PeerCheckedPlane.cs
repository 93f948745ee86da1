using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services.Peers;

/// <summary>Leaves nodes that do not answer out of a service plane. Asks them itself: a node may die while nobody is there to say so.</summary>
/// <remarks>Each node is tried about once a second on one of its ports, in turn, and on every port that refused before.</remarks>
internal sealed partial class PeerCheckedPlane(IServicePlane plane, IPeerProbe probe, TimeProvider time, ILogger<PeerCheckedPlane> logger) : IServicePlane
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Until every node knows that a pod has left, on busy machines too: a report, an answer, a durable write and a change of the kernel's rules.</summary>
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, ImmutableArray<ServiceEndpoint>> _wanted = [];
    private readonly HashSet<string> _left = [];
    private PeerHealth _health = PeerHealth.Unknown;
    private Task? _checking;
    private int _round;

    private sealed record Peer(IPAddress Own, IPEndPoint Address, bool IsTcp);

    public void Update(string workUid, ImmutableArray<ServiceEndpoint> endpoints)
    {
        lock (_lock)
        {
            if (endpoints.IsEmpty)
                _wanted.Remove(workUid);
            else
                _wanted[workUid] = endpoints;
            // The next pod has the name of the one before.
            _left.ExceptWith(endpoints.SelectMany(endpoint => endpoint.Backends).Select(backend => backend.Pod));
            plane.Update(workUid, Checked_NeedsLock(endpoints));
            if (_checking is null && !_stop.IsCancellationRequested && endpoints.Any(endpoint => !endpoint.Peers.IsEmpty))
                _checking = CheckAsync();
        }
    }

    public void Open() => plane.Open();

    public Task AppliedAsync(CancellationToken cancellationToken) => plane.AppliedAsync(cancellationToken);

    /// <summary>Where there are other nodes, they hear of a pod that leaves a little later than this one, and go on sending until then.</summary>
    public async Task DrainAsync(string pod, TimeSpan limit, CancellationToken cancellationToken)
    {
        bool hasPeers;
        lock (_lock)
            hasPeers = _wanted.Values.SelectMany(endpoints => endpoints).Any(endpoint => endpoint.Backends.IsEmpty && !endpoint.Peers.IsEmpty && endpoint.Leaving.Any(backend => backend.Pod == pod));
        var notice = !hasPeers ? TimeSpan.Zero : limit < Notice ? limit : Notice;
        if (notice > TimeSpan.Zero)
            await Task.Delay(notice, time, cancellationToken);
        Leave(pod);
        await plane.DrainAsync(pod, limit - notice, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Task? checking;
        lock (_lock)
        {
            _stop.Cancel();
            checking = _checking;
        }

        if (checking is not null)
            await checking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await plane.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>A pod that was given notice is done: from now on it ends its connections, and never gets another, also when the last pod beside it leaves.</summary>
    private void Leave(string pod)
    {
        lock (_lock)
        {
            var leaving = _wanted.Values.SelectMany(endpoints => endpoints).SelectMany(endpoint => endpoint.Leaving).Select(backend => backend.Pod).ToHashSet();
            _left.IntersectWith(leaving.Append(pod));
            _left.Add(pod);
            foreach (var (uid, endpoints) in _wanted.Where(pair => pair.Value.Any(endpoint => endpoint.Leaving.Any(backend => backend.Pod == pod))))
                plane.Update(uid, Checked_NeedsLock(endpoints));
        }
    }

    private ImmutableArray<ServiceEndpoint> Checked_NeedsLock(ImmutableArray<ServiceEndpoint> endpoints) =>
    [
        .. endpoints.Select(endpoint => endpoint with
        {
            Leaving = endpoint.Backends.IsEmpty ? endpoint.Leaving.RemoveAll(backend => _left.Contains(backend.Pod)) : [],
            Peers = [.. endpoint.Peers.Select(peer => peer with { IsUp = _health.IsUp(peer, endpoint.Protocol) })],
        }),
    ];

    private async Task CheckAsync()
    {
        while (true)
        {
            await Task.Delay(Period, time, _stop.Token);
            ImmutableArray<Peer> peers;
            lock (_lock)
            {
                peers =
                [
                    .. _wanted.Values.SelectMany(endpoints => endpoints)
                        .SelectMany(endpoint => endpoint.Peers.Select(peer => new Peer(endpoint.Listen.Address, peer.Address, endpoint.Protocol == ServiceProtocol.Tcp)))
                        .DistinctBy(peer => peer.Address),
                ];
                if (peers.IsEmpty)
                {
                    _checking = null;
                    return;
                }
            }

            _round++;
            await Task.WhenAll(peers.GroupBy(peer => peer.Address.Address).Select(node => CheckNodeAsync([.. node], _stop.Token)));
            Forget([.. peers.Select(peer => peer.Address)]);
        }
    }

    private async Task CheckNodeAsync(ImmutableArray<Peer> ports, CancellationToken cancellationToken)
    {
        // A port that only UDP uses refuses TCP, which says no more than that the machine is there.
        var tcp = ports.Where(peer => peer.IsTcp).ToList();
        var choice = tcp.Count > 0 ? tcp : [.. ports];
        var tried = choice[_round % choice.Count];
        var answer = await CheckPortAsync(tried, cancellationToken);
        var refused = _health.Refused;
        var others = answer == PeerAnswer.Refused ? tcp : [.. tcp.Where(peer => refused.Contains(peer.Address))];
        if (answer != PeerAnswer.Silent)
            await Task.WhenAll(others.Where(peer => peer != tried).Select(peer => CheckPortAsync(peer, cancellationToken)));
    }

    private async Task<PeerAnswer> CheckPortAsync(Peer peer, CancellationToken cancellationToken)
    {
        var answer = await probe.TryAsync(peer.Own, peer.Address, cancellationToken);
        lock (_lock)
            Take_NeedsLock(_health.With(peer.Address, answer));
        return answer;
    }

    /// <summary>What is no peer any more is not said to answer again: nobody knows.</summary>
    private void Forget(ImmutableHashSet<IPEndPoint> known)
    {
        lock (_lock)
            _health = _health.Only(known);
    }

    private void Take_NeedsLock(PeerHealth health)
    {
        if (ReferenceEquals(health, _health))
            return;
        foreach (var silent in health.Silent.Except(_health.Silent))
            LogSilent(silent);
        foreach (var heard in _health.Silent.Except(health.Silent))
            LogHeard(heard);
        _health = health;
        foreach (var (uid, endpoints) in _wanted.Where(pair => pair.Value.Any(endpoint => !endpoint.Peers.IsEmpty)))
            plane.Update(uid, Checked_NeedsLock(endpoints));
    }

    [LoggerMessage(EventId = 340, Level = LogLevel.Warning, Message = "The node at {Address} does not answer: no traffic goes there")]
    private partial void LogSilent(IPAddress address);

    [LoggerMessage(EventId = 341, Level = LogLevel.Information, Message = "The node at {Address} answers again")]
    private partial void LogHeard(IPAddress address);
}
