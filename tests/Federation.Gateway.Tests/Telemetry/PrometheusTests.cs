using System.Diagnostics.Metrics;
using Federation.Gateway.Telemetry;

namespace Federation.Gateway.Tests.Telemetry;

public sealed class PrometheusTests
{
    [Fact]
    public void Collect_EveryInstrument_HasItsValue()
    {
        using var exporter = new PrometheusExporter();
        using var meter = new Meter("Federation.Test." + Guid.NewGuid().ToString("N"));
        var counter = meter.CreateCounter<int>("t.requests", "{request}", "Requests\nserved.");
        var gauge = meter.CreateUpDownCounter<long>("t.open");
        var histogram = meter.CreateHistogram<double>("t.duration", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        meter.CreateObservableGauge("t.size", static () => new Measurement<long>(7, new KeyValuePair<string, object?>("disk", "a\"b\\c\nd")), "By");
        meter.CreateObservableCounter("t.reads", static () => 5L);

        counter.Add(2, new("code", 200), new("verb", "GET"));
        counter.Add(3, new("verb", "GET"), new("code", 200));
        counter.Add(1);
        gauge.Add(5);
        gauge.Add(-2);
        foreach (var seconds in (double[])[0.05, 0.1, 0.5, 30])
            histogram.Record(seconds);

        var text = exporter.Collect();
        exporter.Collect().Split('\n').ShouldContain("t_reads_total 5", "collecting again must not add it up");
        text.ShouldContain("# HELP t_requests_total Requests\\nserved.\n# TYPE t_requests_total counter\nt_requests_total 1\nt_requests_total{code=\"200\",verb=\"GET\"} 5\n");
        text.ShouldContain("# TYPE t_open gauge\nt_open 3\n");
        text.ShouldContain("t_duration_seconds_bucket{le=\"0.1\"} 2\nt_duration_seconds_bucket{le=\"1\"} 3\nt_duration_seconds_bucket{le=\"+Inf\"} 4\nt_duration_seconds_sum 30.65\nt_duration_seconds_count 4\n");
        text.ShouldContain("t_size_bytes{disk=\"a\\\"b\\\\c\\nd\"} 7\n");
    }

    [Fact]
    public void Collect_TooManyLabelSets_CountsTheRestTogether()
    {
        using var exporter = new PrometheusExporter();
        using var meter = new Meter("Federation.Test." + Guid.NewGuid().ToString("N"));
        var counter = meter.CreateCounter<long>("t.many");

        for (var index = 0; index < 2100; index++)
            counter.Add(1, new KeyValuePair<string, object?>("id", index));

        exporter.Collect().ShouldContain("t_many_total{overflow=\"true\"} 100\n");
    }
}
