using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Telemetry;

/// <summary><c>/metrics</c>: everything this process measures (its own meters, ASP.NET's, the runtime's) as Prometheus' text.</summary>
internal sealed class PrometheusExporter : IDisposable
{
    private static readonly string[] Meters = ["Federation.", "Microsoft.AspNetCore.", "System.Runtime", "Microsoft.Orleans", "Npgsql"];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();

    public PrometheusExporter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Array.Exists(Meters, prefix => instrument.Meter.Name.StartsWith(prefix, StringComparison.Ordinal)))
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, static published => new MetricFamily(published)));
        };
        _listener.MeasurementsCompleted = (instrument, _) => _families.TryRemove(instrument, out MetricFamily? _);
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Record((double)value, tags, state));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    public Task ServeAsync(HttpContext context) => context.WriteJsonAsync(Encoding.UTF8.GetBytes(Collect()), PrometheusText.ContentType);

    public string Collect()
    {
        _listener.RecordObservableInstruments();
        var output = new StringBuilder();
        // Two meters may have an instrument of one name (a host started twice in tests): the first speaks.
        foreach (var family in _families.Values.GroupBy(family => family.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
            PrometheusText.Write(output, family.First());
        return output.ToString();
    }

    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) => ((MetricFamily)state!).Record(value, tags);
}
