using System.Diagnostics.Metrics;

namespace Federation.Gateway.Telemetry;

/// <summary>The present value of one instrument for one set of labels.</summary>
internal sealed class MetricSeries(string labels, double[]? bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = new long[(bounds?.Length ?? 0) + 1];
    private double _value;
    private long _count;

    /// <summary>Prometheus' text, without braces.</summary>
    public string Labels => labels;

    public double[]? Bounds => bounds;

    public void Record(double measurement, SeriesKind kind)
    {
        lock (_lock)
        {
            if (kind == SeriesKind.Set)
            {
                _value = measurement;
                return;
            }

            _value += measurement;
            if (kind != SeriesKind.Histogram)
                return;
            _count++;
            var bucket = Array.FindIndex(bounds!, bound => measurement <= bound);
            _buckets[bucket < 0 ? bounds!.Length : bucket]++;
        }
    }

    /// <summary>The value (of a histogram: the sum), how many measurements, and how many in each bucket.</summary>
    public (double Value, long Count, long[] Buckets) Read()
    {
        lock (_lock)
            return (_value, _count, [.. _buckets]);
    }
}

internal enum SeriesKind
{
    /// <summary>Measurements add up.</summary>
    Add,

    /// <summary>A measurement is the value.</summary>
    Set,
    Histogram,
}

/// <summary>One instrument and its series.</summary>
internal sealed class MetricFamily
{
    /// <summary>More label sets than this are a mistake that must not fill the memory: the rest is counted under one series.</summary>
    private const int SeriesLimit = 2000;

    private static readonly double[] SecondBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    private static readonly double[] OtherBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000];

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, MetricSeries> _series = new();
    private readonly double[]? _bounds;

    public MetricFamily(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        (PrometheusType, Kind) =
            type == typeof(Counter<>) ? ("counter", SeriesKind.Add)
            : type == typeof(ObservableCounter<>) ? ("counter", SeriesKind.Set)
            : type == typeof(Histogram<>) ? ("histogram", SeriesKind.Histogram)
            : type == typeof(UpDownCounter<>) ? ("gauge", SeriesKind.Add)
            : ("gauge", SeriesKind.Set);
        Name = PrometheusText.MetricName(instrument.Name, instrument.Unit, PrometheusType == "counter");
        Help = instrument.Description ?? "";
        if (Kind == SeriesKind.Histogram)
            _bounds = AdvisedBounds(instrument) ?? (instrument.Unit == "s" ? SecondBounds : OtherBounds);
    }

    public string Name { get; }

    public string Help { get; }

    public string PrometheusType { get; }

    public SeriesKind Kind { get; }

    public IEnumerable<MetricSeries> Series => _series.Values.OrderBy(series => series.Labels, StringComparer.Ordinal);

    public void Record(double measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = PrometheusText.Labels(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            if (_series.Count >= SeriesLimit)
                labels = "overflow=\"true\"";
            series = _series.GetOrAdd(labels, static (text, bounds) => new MetricSeries(text, bounds), _bounds);
        }

        series.Record(measurement, Kind);
    }

    private static double[]? AdvisedBounds(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        _ => null,
    };
}
