using System.Diagnostics.Metrics;

namespace Federation.Gateway.Telemetry;

/// <summary>What the gateway counts beyond ASP.NET's own request metrics. Meter <c>Federation.Gateway</c>.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    public const string MeterName = "Federation.Gateway";

    private readonly Meter _meter;
    private readonly UpDownCounter<long> _watchers;
    private readonly Counter<long> _watchEvents;
    private readonly Histogram<long> _listSizes;
    private readonly Counter<long> _reports;
    private readonly Counter<long> _reportedPods;
    private readonly Counter<long> _resyncs;

    public GatewayMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(MeterName);
        _watchers = _meter.CreateUpDownCounter<long>("federation.gateway.watchers", "{watcher}", "Streams that are open now.");
        _watchEvents = _meter.CreateCounter<long>("federation.gateway.watch.events", "{event}", "Events sent to watches.");
        _listSizes = _meter.CreateHistogram<long>("federation.gateway.list.objects", "{object}", "Objects in the answer to a list.");
        _reports = _meter.CreateCounter<long>("federation.gateway.reports", "{report}", "Reports of agents.");
        _reportedPods = _meter.CreateCounter<long>("federation.gateway.reports.pods", "{pod}", "Pods in reports of agents.");
        _resyncs = _meter.CreateCounter<long>("federation.gateway.reports.resyncs", "{report}", "Reports answered by a request for a full one.");
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>Counts a stream until it is disposed.</summary>
    public IDisposable Watching(string resource)
    {
        var tag = new KeyValuePair<string, object?>("resource", resource);
        _watchers.Add(1, tag);
        return new Watch(_watchers, tag);
    }

    public void WatchEventsSent(int count)
    {
        if (count > 0)
            _watchEvents.Add(count);
    }

    public void Listed(string resource, int count) => _listSizes.Record(count, new KeyValuePair<string, object?>("resource", resource));

    public void Reported(int pods, bool resync)
    {
        _reports.Add(1);
        _reportedPods.Add(pods);
        if (resync)
            _resyncs.Add(1);
    }

    private sealed class Watch(UpDownCounter<long> watchers, KeyValuePair<string, object?> tag) : IDisposable
    {
        public void Dispose() => watchers.Add(-1, tag);
    }
}
