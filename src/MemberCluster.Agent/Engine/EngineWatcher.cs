using System.Collections.Immutable;
using System.Net;
using Federation.Api;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Engine;

/// <summary>What the watcher of an engine tells.</summary>
internal interface IEngineObserver
{
    /// <summary>The engine answers, and these are all the cluster's containers, as seen after <paramref name="since"/>.</summary>
    void OnEngineUp(EngineInfo info, ContainerNetwork network, ImmutableArray<Container> containers, long since);

    /// <summary>The engine does not answer, or refuses to.</summary>
    void OnEngineDown(RuntimeException problem);

    void OnEvent(RuntimeEvent change);

    /// <summary>Everything there is, in short, as seen after <paramref name="since"/>.</summary>
    void OnResync(ImmutableArray<ContainerSummary> containers, long since);
}

/// <summary>Keeps a subscription to the engine's events for one cluster's containers, and lists them: at first, after each loss, and every 30 s.</summary>
internal sealed partial class EngineWatcher(
    IContainerRuntime runtime, string cluster, IEngineObserver observer, Ticks ticks, TimeProvider time, ILogger<EngineWatcher> logger)
{
    /// <summary>A lost event is noticed after this long at most.</summary>
    public static readonly TimeSpan ResyncPeriod = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(3);

    /// <summary>Called with the network of pods, before anybody is told that the engine is up.</summary>
    public Action<ContainerNetwork>? NetworkKnown { get; init; }

    private readonly string _label = $"{PodLabels.Cluster}={cluster}";
    private string? _lastProblem;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var retry = FirstRetry;
        while (true)
        {
            try
            {
                await WatchAsync(() => retry = FirstRetry, cancellationToken);
                LogStreamEnded();
            }
            catch (RuntimeException exception)
            {
                if (_lastProblem != exception.Message)
                    LogDown(exception.Message);
                _lastProblem = exception.Message;
                observer.OnEngineDown(exception);
            }

            await Task.Delay(retry, time, cancellationToken);
            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }
    }

    private async Task WatchAsync(Action onUp, CancellationToken cancellationToken)
    {
        var info = await runtime.GetInfoAsync(cancellationToken);
        var network = await EnsureNetworkAsync(cancellationToken);
        NetworkKnown?.Invoke(network);
        // Subscribed first and listed second: what happens in between is seen twice, not never.
        using var link = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var events = await runtime.SubscribeAsync(EventFilter.ByLabels(_label), since: null, link.Token);
        var since = ticks.Next();
        var containers = await runtime.Containers.ReadAllAsync(ContainerFilter.ByLabels(_label), cancellationToken);
        if (_lastProblem is not null)
            LogUp();
        _lastProblem = null;
        onUp();
        observer.OnEngineUp(info, network, containers, since);

        var resync = ResyncAsync(link.Token);
        try
        {
            await foreach (var change in events.WithCancellation(link.Token))
                observer.OnEvent(change);
        }
        finally
        {
            await link.CancelAsync();
            await resync.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ResyncAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ResyncPeriod, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                var since = ticks.Next();
                observer.OnResync(await runtime.Containers.ListAsync(ContainerFilter.ByLabels(_label), cancellationToken), since);
            }
            catch (RuntimeException exception)
            {
                // The end of the event stream tells when the engine is gone; a slow answer alone does not.
                LogResyncFailed(exception.Message);
            }
        }
    }

    /// <summary>The cluster's own network, or the default bridge when the engine has no room for one.</summary>
    private async Task<ContainerNetwork> EnsureNetworkAsync(CancellationToken cancellationToken)
    {
        var name = EngineNames.NetworkOf(cluster);
        try
        {
            var labels = ImmutableDictionary<string, string>.Empty.Add(PodLabels.Cluster, cluster);
            var network = await runtime.Networks.EnsureAsync(new NetworkSpec { Name = name, Labels = labels }, cancellationToken);
            return new ContainerNetwork.Named(name)
            {
                Gateway = IPAddress.TryParse(network.Gateway, out var gateway) ? gateway : null,
                Subnet = IPNetwork.TryParse(network.Subnet, out var subnet) ? subnet : null,
            };
        }
        catch (RuntimeException exception) when (!Pods.Reasons.IsOfTheEngine(exception.Failure))
        {
            LogNoNetwork(name, exception.Message);
            return ContainerNetwork.EngineDefault;
        }
    }

    [LoggerMessage(EventId = 401, Level = LogLevel.Error, Message = "The container engine does not work; it is tried again. {Problem}")]
    private partial void LogDown(string problem);

    [LoggerMessage(EventId = 402, Level = LogLevel.Information, Message = "The container engine works again")]
    private partial void LogUp();

    [LoggerMessage(EventId = 403, Level = LogLevel.Information, Message = "The engine ended its stream of events; subscribing again")]
    private partial void LogStreamEnded();

    [LoggerMessage(EventId = 404, Level = LogLevel.Warning, Message = "Listing the containers again failed. {Problem}")]
    private partial void LogResyncFailed(string problem);

    [LoggerMessage(EventId = 405, Level = LogLevel.Warning, Message = "The network {Name} cannot be made; pods use the engine's default bridge. {Problem}")]
    private partial void LogNoNetwork(string name, string problem);
}

/// <summary>Numbers that order when looks at the engine began, so that an old look never overrules a newer one.</summary>
internal sealed class Ticks
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}
