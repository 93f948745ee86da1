using System.Diagnostics;

namespace Federation.Gateway.Bench;

/// <summary>What it costs that a read asks the store how new it must be: the same object, with and without that question.</summary>
internal static class ReadBench
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    /// <param name="postgres">A connection string; null: SQLite.</param>
    public static async Task RunAsync(string? postgres)
    {
        await using var controlPlane = await ControlPlaneProcess.StartAsync(postgres);
        using var load = new WriteLoad(controlPlane, 1, 1);
        await load.CreateAsync();
        Console.WriteLine("| get of one object | readers | reads/s | p50 ms | p99 ms | control plane's CPU µs a read |\n|---|---:|---:|---:|---:|---:|");
        foreach (var readers in (int[])[1, 32])
        {
            await MeasureAsync(controlPlane, "any state (`resourceVersion=0`)", "?resourceVersion=0", readers, TimeSpan.FromSeconds(2), print: false);
            await MeasureAsync(controlPlane, "any state (`resourceVersion=0`)", "?resourceVersion=0", readers, Duration, print: true);
            await MeasureAsync(controlPlane, "the most recent state", "", readers, Duration, print: true);
        }
    }

    private static async Task MeasureAsync(ControlPlaneProcess controlPlane, string what, string query, int readers, TimeSpan duration, bool print)
    {
        var figures = new Figures(what);
        var path = new Uri($"/api/v1/namespaces/bench-0/configmaps/object-000000{query}", UriKind.Relative);
        var (cpu, watch, count) = (controlPlane.Cpu, Stopwatch.StartNew(), 0L);
        await Task.WhenAll(Enumerable.Range(0, readers).Select(async _ =>
        {
            using var http = controlPlane.Connect();
            while (watch.Elapsed < duration)
            {
                var started = Stopwatch.GetTimestamp();
                await http.GetByteArrayAsync(path);
                lock (figures)
                    figures.Add(Stopwatch.GetElapsedTime(started));
                Interlocked.Increment(ref count);
            }
        }));
        if (print)
            Console.WriteLine($"| {what} | {readers} | {count / duration.TotalSeconds:0} | {figures.At(0.5):0.00} | {figures.At(0.99):0.00} | {(controlPlane.Cpu - cpu).TotalMicroseconds / count:0} |");
    }
}
