using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Federation.Grains;

/// <summary>The meter and the activity source of everything in this assembly.</summary>
internal static class GrainMetrics
{
    public const string Name = "Federation.Grains";

    public static Meter Meter { get; } = new(Name);

    public static Histogram<double> Reconciles { get; } = Meter.CreateHistogram<double>("federation.reconcile.duration", "s", "How long reconciles take, by kind.");

    public static ActivitySource Activities { get; } = new(Name);
}
