using System.Globalization;
using System.Text;

namespace Federation.Gateway.Telemetry;

/// <summary>Prometheus' text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string MetricName(string name, string? unit, bool isCounter)
    {
        var text = Safe(name);
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "%" => "_percent",
            _ => "",
        };
        if (suffix.Length > 0 && !text.EndsWith(suffix, StringComparison.Ordinal))
            text += suffix;
        return isCounter && !text.EndsWith("_total", StringComparison.Ordinal) ? text + "_total" : text;
    }

    /// <summary>Sorted by name: the order of tags does not make another series.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var labels = new List<(string Name, string Value)>(tags.Length);
        foreach (var (name, value) in tags)
            labels.Add((Safe(name), Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")));
        return string.Join(',', labels.OrderBy(label => label.Name, StringComparer.Ordinal).Select(label => $"{label.Name}=\"{label.Value}\""));
    }

    public static void Write(StringBuilder output, MetricFamily family)
    {
        output.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        output.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.PrometheusType).Append('\n');
        foreach (var series in family.Series)
        {
            var (value, count, buckets) = series.Read();
            if (series.Bounds is { } bounds)
                WriteHistogram(output, family.Name, series.Labels, bounds, buckets, value, count);
            else
                WriteSample(output, family.Name, series.Labels, value);
        }
    }

    private static void WriteHistogram(StringBuilder output, string name, string labels, double[] bounds, long[] buckets, double sum, long count)
    {
        var separator = labels.Length == 0 ? "" : ",";
        long below = 0;
        for (var index = 0; index < bounds.Length; index++)
        {
            below += buckets[index];
            WriteSample(output, name + "_bucket", $"{labels}{separator}le=\"{Number(bounds[index])}\"", below);
        }

        WriteSample(output, name + "_bucket", $"{labels}{separator}le=\"+Inf\"", count);
        WriteSample(output, name + "_sum", labels, sum);
        WriteSample(output, name + "_count", labels, count);
    }

    private static void WriteSample(StringBuilder output, string name, string labels, double value)
    {
        output.Append(name);
        if (labels.Length > 0)
            output.Append('{').Append(labels).Append('}');
        output.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Safe(string name) => string.Concat(name.Select((character, index) =>
        char.IsAsciiLetter(character) || character == '_' || (index > 0 && char.IsAsciiDigit(character)) ? character : '_'));

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
