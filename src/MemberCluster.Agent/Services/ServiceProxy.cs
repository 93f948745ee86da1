using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services;

/// <summary>The cluster's service data plane: a listener for each address and port that works expose.</summary>
internal sealed partial class ServiceProxy(TimeProvider time, ILogger<ServiceProxy> logger, Action<ListenerState> onState) : IAsyncDisposable
{
    private static readonly TimeSpan BindRetry = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<IPEndPoint, Entry> _entries = [];
    private readonly Dictionary<string, ImmutableArray<ServiceEndpoint>> _wanted = [];
    private readonly Dictionary<BackendAddress, Backend> _backends = [];
    private Task? _retrying;

    private sealed record Entry(string WorkUid, ServiceListener? Listener, string? Problem);

    /// <summary>Sets everything one work exposes; empty when it exposes nothing any more.</summary>
    public void Update(string workUid, ImmutableArray<ServiceEndpoint> endpoints)
    {
        lock (_lock)
        {
            if (AreSame(_wanted.GetValueOrDefault(workUid, []), endpoints))
                return;
            if (endpoints.IsEmpty)
                _wanted.Remove(workUid);
            else
                _wanted[workUid] = endpoints;
            Apply_NeedsLock();
        }
    }

    /// <summary>Waits until no connection to the pod is open. It must not be a backend any more.</summary>
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
        List<ServiceListener> listeners;
        lock (_lock)
        {
            listeners = [.. _entries.Values.Select(entry => entry.Listener).OfType<ServiceListener>()];
            _entries.Clear();
            _wanted.Clear();
        }

        foreach (var listener in listeners)
            await listener.DisposeAsync();
        if (_retrying is not null)
            await _retrying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private static bool AreSame(ImmutableArray<ServiceEndpoint> left, ImmutableArray<ServiceEndpoint> right) =>
        left.Length == right.Length
        && left.Zip(right).All(pair => pair.First.Listen.Equals(pair.Second.Listen) && pair.First.Backends.SequenceEqual(pair.Second.Backends));

    /// <summary>Two works may ask for the same port: the one that has it keeps it, the other is told.</summary>
    private void Apply_NeedsLock()
    {
        var wanted = _wanted.Values.SelectMany(endpoints => endpoints).ToLookup(endpoint => endpoint.Listen);
        foreach (var (listen, entry) in _entries.ToList())
        {
            if (wanted[listen].Any(endpoint => endpoint.WorkUid == entry.WorkUid))
                continue;
            _entries.Remove(listen);
            if (entry.Listener is { } listener)
            {
                LogClosed(listen);
                // Closed now, so that the port is free for the next work.
                listener.Close();
                _ = listener.DisposeAsync().AsTask();
            }
        }

        foreach (var group in wanted)
        {
            var holder = _entries.TryGetValue(group.Key, out var entry) ? entry.WorkUid : group.Select(endpoint => endpoint.WorkUid).Min(StringComparer.Ordinal)!;
            foreach (var endpoint in group)
            {
                if (endpoint.WorkUid == holder)
                    Serve_NeedsLock(endpoint);
                else
                    onState(new ListenerState(endpoint.WorkUid, endpoint.Listen, $"{endpoint.Listen} is taken by another app of this cluster"));
            }
        }

        ForgetUnused_NeedsLock();
    }

    /// <summary>A container that is replaced has another address: the old one is kept only while connections to it are open, for the drain.</summary>
    private void ForgetUnused_NeedsLock()
    {
        var used = _wanted.Values.SelectMany(endpoints => endpoints).SelectMany(endpoint => endpoint.Backends).ToHashSet();
        foreach (var (address, _) in _backends.Where(pair => pair.Value.Connections == 0 && !used.Contains(pair.Key)).ToList())
            _backends.Remove(address);
    }

    private void Serve_NeedsLock(ServiceEndpoint endpoint)
    {
        if (!_entries.TryGetValue(endpoint.Listen, out var entry))
            entry = Open_NeedsLock(endpoint);
        entry.Listener?.Pool.Update([.. endpoint.Backends.Select(Backend_NeedsLock)]);
    }

    private Entry Open_NeedsLock(ServiceEndpoint endpoint)
    {
        var listener = new ServiceListener(endpoint.Listen, time, logger);
        string? problem = null;
        try
        {
            listener.Start();
            LogOpened(endpoint.Listen);
        }
        catch (SocketException exception)
        {
            problem = $"{endpoint.Listen} cannot be listened on: {exception.Message}";
            _retrying ??= RetryAsync();
        }

        var entry = new Entry(endpoint.WorkUid, problem is null ? listener : null, problem);
        _entries[endpoint.Listen] = entry;
        onState(new ListenerState(endpoint.WorkUid, endpoint.Listen, problem));
        return entry;
    }

    private Backend Backend_NeedsLock(BackendAddress address)
    {
        if (!_backends.TryGetValue(address, out var backend))
            _backends[address] = backend = new Backend(address.Pod, address.Address);
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

                foreach (var listen in failed)
                    _entries.Remove(listen);
                Apply_NeedsLock();
            }
        }
    }

    [LoggerMessage(EventId = 310, Level = LogLevel.Information, Message = "Serving on {Listen}")]
    private partial void LogOpened(IPEndPoint listen);

    [LoggerMessage(EventId = 311, Level = LogLevel.Information, Message = "No longer serving on {Listen}")]
    private partial void LogClosed(IPEndPoint listen);

    [LoggerMessage(EventId = 312, Level = LogLevel.Information, Message = "{Pod} stops although connections to it are open: its grace period is over")]
    private partial void LogCut(string pod);
}
