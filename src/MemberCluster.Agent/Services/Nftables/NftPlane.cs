using System.Collections.Immutable;
using System.Net;
using MemberCluster.Agent.Services.Conntrack;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services.Nftables;

/// <summary>The service plane in the kernel: connections go to pods by rules that stay in force when the agent dies, stops or is replaced.</summary>
/// <remarks>
/// The proxy stands behind it. It holds the ports, so that another program's claim shows at once; and it serves what the rules do not: endpoints that the kernel
/// cannot translate, and all of them while somebody else has flushed the rules. One loop applies changes; those that come while it works share the next transaction.
/// Until <see cref="Open"/> nothing is applied: what an earlier agent left goes on.
/// </remarks>
internal sealed partial class NftPlane : IServicePlane
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Between transactions: changes of a storm share one.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>Somebody may have flushed the rules; the proxy serves until it is noticed.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Dictionary<string, ImmutableArray<ServiceEndpoint>> _wanted = [];
    private readonly Dictionary<ServiceAddress, string> _held = [];
    private readonly PodAddresses _pods = new();
    private readonly ServiceProxy _proxy;
    private readonly NftProgram _nft;
    private readonly string _table;
    private readonly TimeProvider _time;
    private readonly ILogger<NftPlane> _logger;
    private readonly Action<ListenerState> _onState;
    private readonly Task _applying;
    private long _version;
    private long _appliedVersion;
    private TaskCompletionSource _applied = NewSignal();
    private KernelServices? _inForce;
    private bool _isOpen;

    public NftPlane(NftProgram nft, string table, TimeProvider time, ILoggerFactory loggers, Action<ListenerState> onState)
    {
        (_nft, _table, _time, _onState) = (nft, table, time, onState);
        _logger = loggers.CreateLogger<NftPlane>();
        _proxy = new ServiceProxy(time, loggers.CreateLogger<ServiceProxy>(), OnProxyState);
        _applying = ApplyAllAsync();
    }

    public void Update(string workUid, ImmutableArray<ServiceEndpoint> endpoints)
    {
        lock (_lock)
        {
            var before = _wanted.GetValueOrDefault(workUid, []);
            if (before.SequenceEqual(endpoints))
                return;
            if (endpoints.IsEmpty)
                _wanted.Remove(workUid);
            else
                _wanted[workUid] = endpoints;
            var still = endpoints.Select(endpoint => endpoint.Address).ToHashSet();
            foreach (var address in before.Select(endpoint => endpoint.Address).Where(address => !still.Contains(address) && _held.GetValueOrDefault(address) == workUid))
                _held.Remove(address);
            _pods.Learn(endpoints);
            Changed_NeedsLock();
        }

        _proxy.Update(workUid, endpoints);
    }

    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
            Changed_NeedsLock();
        }
    }

    public async Task DrainAsync(string pod, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        var kernel = DrainKernelAsync(pod, end.Token);
        try
        {
            await Task.WhenAll(_proxy.DrainAsync(pod, limit, cancellationToken), kernel.WaitAsync(limit, _time, cancellationToken));
        }
        catch (TimeoutException)
        {
            LogCut(pod);
        }
        finally
        {
            await end.CancelAsync();
            await kernel.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_lock)
                _pods.Forget(pod);
        }
    }

    public Task AppliedAsync(CancellationToken cancellationToken)
    {
        long version;
        lock (_lock)
            version = _version;
        return WaitAppliedAsync(version, cancellationToken);
    }

    /// <summary>The rules stay: the next agent takes them over.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _applying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _proxy.DisposeAsync();
        _stop.Dispose();
        _wake.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnProxyState(ListenerState state)
    {
        lock (_lock)
        {
            if (state.Problem is null)
                _held[state.Address] = state.WorkUid;
            else if (_held.GetValueOrDefault(state.Address) == state.WorkUid)
                _held.Remove(state.Address);
            Changed_NeedsLock();
        }

        _onState(state);
    }

    private void Changed_NeedsLock()
    {
        _version++;
        if (_wake.CurrentCount == 0)
            _wake.Release();
    }

    private async Task ApplyAllAsync()
    {
        while (true)
        {
            var isNews = await _wake.WaitAsync(LookAgain, _stop.Token);
            if (!isNews && _inForce is not null && !await IsInForceAsync())
            {
                LogFlushed(_table);
                _inForce = null;
            }

            while (!await ApplyAsync())
                await Task.Delay(Retry, _time, _stop.Token);
            await Task.Delay(Pace, _time, _stop.Token);
        }
    }

    /// <summary>False: it failed and is to be tried again.</summary>
    private async Task<bool> ApplyAsync()
    {
        KernelServices wanted;
        long version;
        var local = KernelServicesOf.LocalNetworks();
        lock (_lock)
        {
            if (!_isOpen)
                return true;
            (wanted, version) = (KernelServicesOf.Wanted(_wanted.Values.SelectMany(endpoints => endpoints), _held, [.. local.Select(network => network.Network)]), _version);
        }

        var before = _inForce;
        var text = before is null ? NftRendering.Full(_table, wanted) : NftRendering.Change(_table, before, wanted);
        if (text.Length > 0 && await _nft.ApplyAsync(text, _stop.Token) is { } problem)
        {
            // A step from a state that is not there any more fails as a whole; the next attempt replaces everything.
            LogNotApplied(problem);
            _inForce = null;
            return before is not null && await ApplyAsync();
        }

        _inForce = wanted;
        if (before is null)
            await PermitAsync();
        if (text.Length > 0 && BridgePorts.AllowReturn(local.Where(network => wanted.PodNetworks.Contains(network.Network)).Select(network => network.Interface)) is { } mode)
            LogNoReturn(mode);
        CutDatagrams(before, wanted);
        Tell(version);
        return true;
    }

    private async Task<bool> IsInForceAsync()
    {
        await PermitAsync();
        return await _nft.HasChainAsync(_table, "prerouting", _stop.Token);
    }

    private async Task PermitAsync()
    {
        if (await ForwardPermit.EnsureAsync(_table, _stop.Token) is { } problem)
            LogNotPermitted(problem);
    }

    /// <summary>A UDP client goes on to talk to the pod it found first, for ever if it never pauses: it is sent to another one when that pod has left.</summary>
    private void CutDatagrams(KernelServices? before, KernelServices now)
    {
        var touched = now.Services.Values.Concat(before?.Services.Values ?? [])
            .Where(service => service.Address.Protocol == ServiceProtocol.Udp && before?.Services.GetValueOrDefault(service.Address)?.Equals(now.Services.GetValueOrDefault(service.Address)) != true)
            .Select(service => service.Address).ToHashSet();
        if (touched.Count == 0)
            return;
        try
        {
            FlowTable.Forget(FlowTable.Find(flow => flow.Protocol == ServiceProtocol.Udp
                && touched.Contains(new ServiceAddress(ServiceProtocol.Udp, flow.Target))
                && now.Services.GetValueOrDefault(new ServiceAddress(ServiceProtocol.Udp, flow.Target)) is var service
                && service?.Own.Contains(flow.Answerer) != true && service?.Peers.Any(peer => peer.Address.Equals(flow.Answerer)) != true));
        }
        catch (IOException exception)
        {
            LogNoFlows(exception.Message);
        }
    }

    private void Tell(long version)
    {
        TaskCompletionSource told;
        lock (_lock)
        {
            _appliedVersion = version;
            (told, _applied) = (_applied, NewSignal());
        }

        told.SetResult();
    }

    private async Task DrainKernelAsync(string pod, CancellationToken cancellationToken)
    {
        long version;
        ImmutableHashSet<IPEndPoint> addresses;
        lock (_lock)
        {
            // An address of an earlier container may be another pod's by now.
            var others = _wanted.Values.SelectMany(endpoints => endpoints).SelectMany(endpoint => endpoint.Backends).Select(backend => backend.Address);
            (version, addresses) = (_version, _pods.Of(pod).Except(others));
        }

        if (addresses.IsEmpty)
            return;
        await WaitAppliedAsync(version, cancellationToken);
        var pause = TimeSpan.FromMilliseconds(20);
        while (HasOpenFlow(addresses))
        {
            await Task.Delay(pause, _time, cancellationToken);
            pause = pause * 2 < TimeSpan.FromMilliseconds(250) ? pause * 2 : TimeSpan.FromMilliseconds(250);
        }
    }

    private async Task WaitAppliedAsync(long version, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task applied;
            lock (_lock)
            {
                if (_appliedVersion >= version || !_isOpen)
                    return;
                applied = _applied.Task;
            }

            await applied.WaitAsync(cancellationToken);
        }
    }

    /// <summary>While the kernel does not say, there may be one: the limit ends the wait.</summary>
    private bool HasOpenFlow(ImmutableHashSet<IPEndPoint> addresses)
    {
        try
        {
            return FlowTable.Find(flow => flow.IsOpen && addresses.Contains(flow.Answerer)).Count > 0;
        }
        catch (IOException exception)
        {
            LogNoFlows(exception.Message);
            return true;
        }
    }

    [LoggerMessage(EventId = 320, Level = LogLevel.Error, Message = "The kernel's rules could not be changed; they are replaced as a whole. {Problem}")]
    private partial void LogNotApplied(string problem);

    [LoggerMessage(EventId = 321, Level = LogLevel.Warning, Message = "Somebody has removed the rules of {Table}; they are made again")]
    private partial void LogFlushed(string table);

    [LoggerMessage(EventId = 322, Level = LogLevel.Warning, Message = "The engine's firewall may drop clients' connections: the rule that lets them through could not be made. {Problem}")]
    private partial void LogNotPermitted(string problem);

    [LoggerMessage(EventId = 323, Level = LogLevel.Warning, Message = "{Problem}")]
    private partial void LogNoFlows(string problem);

    [LoggerMessage(EventId = 325, Level = LogLevel.Warning, Message = "A pod may not reach itself through its own service. {Problem}")]
    private partial void LogNoReturn(string problem);

    [LoggerMessage(EventId = 324, Level = LogLevel.Information, Message = "{Pod} stops although connections to it are open: its grace period is over")]
    private partial void LogCut(string pod);
}
