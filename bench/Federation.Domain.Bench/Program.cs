using System.Diagnostics;
using System.Globalization;
using Federation.Domain.Bench;

// Places 100 replicas over clusters, and 1,000 pods over nodes, filters and explanation included. Medians of many runs after a warm-up; one line per case.
// usage: dotnet run -c Release --project bench/Federation.Domain.Bench
Console.WriteLine("| case | clusters or nodes | median | p95 | allocated | placed |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach (var clusters in (int[])[10, 100, 1_000])
{
    foreach (var scenario in Scenario.All(clusters))
        Measure(scenario, clusters);
}

foreach (var nodes in (int[])[3, 100])
{
    foreach (var scenario in NodeScenario.All(nodes))
        Measure(scenario, nodes);
}

static void Measure(Scenario scenario, int clusters)
{
    var runs = Math.Clamp(400_000 / clusters, 400, 20_000);
    var placed = 0;
    for (var i = 0; i < runs; i++)
        placed = scenario.Run();

    var times = new double[runs];
    for (var i = 0; i < runs; i++)
    {
        var start = Stopwatch.GetTimestamp();
        scenario.Run();
        times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    var before = GC.GetAllocatedBytesForCurrentThread();
    scenario.Run();
    var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
    Array.Sort(times);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {scenario.Name} | {clusters:N0} | {times[runs / 2]:N1} µs | {times[runs * 95 / 100]:N1} µs | {allocated / 1024.0:N1} KiB | {placed} |"));
}
