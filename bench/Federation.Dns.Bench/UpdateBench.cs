using System.Diagnostics;
using Federation.Dns.Zones;

namespace Federation.Dns.Bench;

/// <summary>Loads a zone, then changes one app at a time: the cost of a change must not grow with the zone.</summary>
internal static class UpdateBench
{
    private const int Changes = 2_000;

    public static void Run(int names)
    {
        var builder = new ZoneBuilder(new ZoneOptions());
        var listing = BenchZone.Listing(names, BenchPolicy.Weighted);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var snapshot = builder.Apply(listing);
        var loaded = Environment.CpuUsage.TotalTime - cpu;
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;

        var times = new double[Changes];
        for (var i = 0; i < Changes; i++)
        {
            var batch = BenchZone.Change(names, BenchPolicy.Weighted, i);
            var watch = Stopwatch.StartNew();
            snapshot = builder.Apply(batch);
            times[i] = watch.Elapsed.TotalMicroseconds;
        }

        Array.Sort(times);
        Console.WriteLine("| apps | names | CPU s to load | MiB held | µs per change, p50 | p99 |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Console.WriteLine(
            $"| {names} | {snapshot.Main.NameCount} | {loaded.TotalSeconds:0.00} | {held / 1048576.0:0} | {times[Changes / 2]:0} | {times[Changes * 99 / 100]:0} |");
        GC.KeepAlive(listing);
    }
}
