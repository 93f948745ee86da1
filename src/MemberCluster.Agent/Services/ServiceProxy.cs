using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services;

/// <summary>The service plane inside the agent: a listener for each address and port that works expose. It serves while the agent lives.</summary>
internal sealed partial class ServiceProxy(TimeProvider time, ILogger<ServiceProxy> logger, Action<ListenerState> onState) : IServicePlane
{
    private static readonly TimeSpan BindRetry = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<ServiceAddress, Entry> _entries = [];
    private readonly Dictionary<string, ImmutableArray<ServiceEndpoint>> _wanted = [];
    private readonly Dictionary<BackendAddress, Backend> _backends = [];
    private readonly Dictionary<IPEndPoint, Backend> _peers = [];
    private Task? _retrying;

    private sealed record Entry(string WorkUid, IServiceListener? Listener, string? Problem);

    public void Update(string workUid, ImmutableArray<ServiceEndpoint> endpoints)
    {
        lock (_lock)
        {
            if (_wanted.GetValueOrDefault(workUid, []).SequenceEqual(endpoints))
                return;
            if (endpoints.IsEmpty)
                _wanted.Remove(workUid);
            else
                _wanted[workUid] = endpoints;
            Apply_NeedsLock();
        }
    }

    /// <summary>A proxy leaves nothing behind when it dies: it serves what it knows from the first moment.</summary>
    public void Open()
    {
    }

    public Task AppliedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task DrainAsync(string pod, TimeSpan limit, CancellationToken cancellationToken)
    {
        Task idle;
        lock (_lock)
            idle = Task.WhenAll(_backends.Values.Where(backend => backend.Pod == pod).Select(backend => backend.WaitIdleAsync()));
        try
        {
            await idle.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            LogCut(pod);
        }

        Forget(pod);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        List<IServiceListener> listeners;
        lock (_lock)
        {
            listeners = [.. _entries.Values.Select(entry => entry.Listener).OfType<IServiceListener>()];
            _entries.Clear();
            _wanted.Clear();
        }

        foreach (var listener in listeners)
            await listener.DisposeAsync();
        if (_retrying is not null)
            await _retrying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>Two works may ask for the same port: the one that has it keeps it, the other is told.</summary>
    private void Apply_NeedsLock()
    {
        var wanted = _wanted.Values.SelectMany(endpoints => endpoints).ToLookup(endpoint => endpoint.Address);
        foreach (var (address, entry) in _entries.ToList())
        {
            if (wanted[address].Any(endpoint => endpoint.WorkUid == entry.WorkUid))
                continue;
            _entries.Remove(address);
            if (entry.Listener is { } listener)
            {
                LogClosed(address);
                // Closed now, so that the port is free for the next work.
                listener.Close();
                _ = listener.DisposeAsync().AsTask();
            }
        }

        var peers = wanted.SelectMany(group => group).SelectMany(endpoint => endpoint.Peers).Select(peer => peer.Address.Address).ToImmutableHashSet();
        foreach (var group in wanted)
        {
            var holder = _entries.TryGetValue(group.Key, out var entry) ? entry.WorkUid : group.Select(endpoint => endpoint.WorkUid).Min(StringComparer.Ordinal)!;
            foreach (var endpoint in group)
            {
                if (endpoint.WorkUid == holder)
                    Serve_NeedsLock(endpoint, peers);
                else
                    onState(new ListenerState(endpoint.WorkUid, endpoint.Address, $"{endpoint.Address} is taken by another app of this cluster"));
            }
        }

        ForgetUnused_NeedsLock();
    }

    /// <summary>A container that is replaced has another address: the old one is kept only while connections to it are open, for the drain.</summary>
    private void ForgetUnused_NeedsLock()
    {
        var endpoints = _wanted.Values.SelectMany(endpoints => endpoints).ToList();
        var used = endpoints.SelectMany(endpoint => endpoint.Backends.Concat(endpoint.Leaving)).ToHashSet();
        var usedPeers = endpoints.SelectMany(endpoint => endpoint.Peers).Select(peer => peer.Address).ToHashSet();
        foreach (var address in _peers.Keys.Where(address => !usedPeers.Contains(address)).ToList())
            _peers.Remove(address);
        foreach (var (address, _) in _backends.Where(pair => pair.Value.Connections == 0 && !used.Contains(pair.Key)).ToList())
            _backends.Remove(address);
    }

    private void Serve_NeedsLock(ServiceEndpoint endpoint, ImmutableHashSet<IPAddress> peers)
    {
        if (!_entries.TryGetValue(endpoint.Address, out var entry))
            entry = Open_NeedsLock(endpoint);
        if (entry.Listener is not { } listener)
            return;
        listener.Pool.Update([.. endpoint.Backends.Select(Backend_NeedsLock), .. endpoint.Leaving.Select(Leaving_NeedsLock), .. endpoint.Peers.Where(peer => peer.IsUp).Select(Peer_NeedsLock)], peers);
        listener.Follow();
    }

    private Entry Open_NeedsLock(ServiceEndpoint endpoint)
    {
        IServiceListener listener = endpoint.Protocol == ServiceProtocol.Udp
            ? new DatagramListener(endpoint.Address, time, logger)
            : new ServiceListener(endpoint.Address, time, logger);
        string? problem = null;
        try
        {
            listener.Start();
            LogOpened(endpoint.Address);
        }
        catch (SocketException exception)
        {
            problem = $"{endpoint.Address} cannot be listened on: {exception.Message}";
            _retrying ??= RetryAsync();
        }

        var entry = new Entry(endpoint.WorkUid, problem is null ? listener : null, problem);
        _entries[endpoint.Address] = entry;
        onState(new ListenerState(endpoint.WorkUid, endpoint.Address, problem));
        return entry;
    }

    private Backend Backend_NeedsLock(BackendAddress address)
    {
        if (!_backends.TryGetValue(address, out var backend))
            _backends[address] = backend = new Backend(address.Pod, address.Address);
        backend.IsLeaving = false;
        return backend;
    }

    private Backend Leaving_NeedsLock(BackendAddress address)
    {
        var backend = Backend_NeedsLock(address);
        backend.IsLeaving = true;
        return backend;
    }

    private Backend Peer_NeedsLock(PeerAddress peer)
    {
        if (!_peers.TryGetValue(peer.Address, out var backend))
            _peers[peer.Address] = backend = new Backend(pod: null, peer.Address);
        backend.Weight = Math.Max(1, peer.Weight);
        return backend;
    }

    private void Forget(string pod)
    {
        lock (_lock)
        {
            foreach (var address in _backends.Keys.Where(address => address.Pod == pod).ToList())
                _backends.Remove(address);
        }
    }

    private async Task RetryAsync()
    {
        while (true)
        {
            await Task.Delay(BindRetry, time, _stop.Token);
            lock (_lock)
            {
                var failed = _entries.Where(pair => pair.Value.Problem is not null).Select(pair => pair.Key).ToList();
                if (failed.Count == 0)
                {
                    _retrying = null;
                    return;
                }

                foreach (var address in failed)
                    _entries.Remove(address);
                Apply_NeedsLock();
            }
        }
    }

    [LoggerMessage(EventId = 310, Level = LogLevel.Information, Message = "Serving on {Address}")]
    private partial void LogOpened(ServiceAddress address);

    [LoggerMessage(EventId = 311, Level = LogLevel.Information, Message = "No longer serving on {Address}")]
    private partial void LogClosed(ServiceAddress address);

    [LoggerMessage(EventId = 312, Level = LogLevel.Information, Message = "{Pod} stops although connections to it are open: its grace period is over")]
    private partial void LogCut(string pod);
}
