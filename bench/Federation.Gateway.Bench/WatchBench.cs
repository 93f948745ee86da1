using System.Diagnostics;

namespace Federation.Gateway.Bench;

/// <summary>Many watches on one gateway while writes go on: what the watches add to the control plane's processor time and memory, and how late events are.</summary>
internal static class WatchBench
{
    private const int Namespaces = 100;
    private const int Objects = 2_000;

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    /// <param name="Sees">Whether a watch is about an object.</param>
    private sealed record Shape(string Name, Func<int, string> Path, Func<int, int, bool> Sees, double WriteShare);

    public static async Task RunAsync(int watches, double writes, TimeSpan duration)
    {
        Shape[] shapes =
        [
            new("of what does not change", _ => "/api/v1/configmaps?watch=true&labelSelector=app%3Dnone", (_, _) => false, 1),
            new("of a namespace each", number => $"/api/v1/namespaces/{WriteLoad.Namespace(number, Namespaces)}/configmaps?watch=true", IsInNamespace, 1),
            new("with a label selector", number => $"/api/v1/configmaps?watch=true&labelSelector=app%3D{WriteLoad.Namespace(number, Namespaces)}", IsInNamespace, 1),
            new("of one object by name", number => $"/api/v1/namespaces/{WriteLoad.Namespace(number, Namespaces)}/configmaps?watch=true&fieldSelector=metadata.name%3D{WriteLoad.Name(number % Objects)}", (number, index) => number % Objects == index, 1),
            new("of everything", _ => "/api/v1/configmaps?watch=true", (_, _) => true, 0.02),
        ];
        Console.WriteLine($"{watches} watches, {writes:0} writes/s ({writes * 0.02:0} where every watch gets every change), {duration.TotalSeconds:0} s each\n");
        await using var controlPlane = await ControlPlaneProcess.StartAsync();
        using var load = new WriteLoad(controlPlane, Namespaces, Objects);
        await load.CreateAsync();
        await load.RunAsync(writes, duration / 2, "warm up");
        var (alone, aloneCpu) = await MeasureAsync(controlPlane, load, writes, duration);
        Console.WriteLine("| watches | writes/s | events/s | all arrived | CPU % of a core | … for an event, µs | resident MiB | acknowledged p50 / p99 ms | event after send p50 / p99 ms |\n|---|---:|---:|---|---:|---:|---:|---:|---:|");
        Console.WriteLine($"| none | {alone:0} | | | {aloneCpu * 100:0} | | {controlPlane.ResidentMebibytes:0} | {load.Acknowledged.Short} | |");
        foreach (var shape in shapes)
        {
            var revision = await RevisionAsync(controlPlane);
            var before = controlPlane.ResidentMebibytes;
            using var watch = await WatchLoad.OpenAsync(controlPlane, [.. Enumerable.Range(0, watches).Select(number => $"{shape.Path(number)}&resourceVersion={revision}&timeoutSeconds=3600")]);
            await Task.Delay(Settle, TimeProvider.System);
            var (idle, opened) = (controlPlane.Cpu, controlPlane.ResidentMebibytes);
            await Task.Delay(Settle, TimeProvider.System);
            var idleCpu = (controlPlane.Cpu - idle) / Settle;
            watch.Begin();
            var (rate, cpu) = await MeasureAsync(controlPlane, load, writes * shape.WriteShare, duration);
            var expected = Enumerable.Range(0, watches).Sum(number => load.Written.Where((_, index) => shape.Sees(number, index)).Sum());
            for (var waited = 0; watch.Received < expected && waited < 100; waited++)
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            var events = watch.Received;
            // The writes alone cost what they cost without watches.
            var added = cpu - (aloneCpu * rate / alone);
            var perEvent = events == 0 ? "" : $"{Math.Max(0, added) * duration.TotalSeconds * 1e6 / events:0.0}";
            Console.WriteLine(
                $"| {shape.Name} | {rate:0} | {events / duration.TotalSeconds:0} | {(events == expected ? "yes" : $"{events} of {expected}")} "
                + $"| {cpu * 100:0} (+{added * 100:0}) | {perEvent} | {controlPlane.ResidentMebibytes:0} | {load.Acknowledged.Short} | {watch.Latency(shape.Name).Short} |");
            Console.WriteLine($"|   … opened, idle | 0 | | | {idleCpu * 100:0.0} | | {opened:0} (+{(opened - before) * 1024 / watches:0.0} KiB each) | | |");
        }
    }

    private static bool IsInNamespace(int number, int index) => number % Namespaces == index % Namespaces;

    private static async Task<(double Rate, double Cpu)> MeasureAsync(ControlPlaneProcess controlPlane, WriteLoad load, double writes, TimeSpan duration)
    {
        var (cpu, watch) = (controlPlane.Cpu, Stopwatch.StartNew());
        var rate = await load.RunAsync(writes, duration, "write acknowledged");
        return (rate, (controlPlane.Cpu - cpu) / watch.Elapsed);
    }

    private static async Task<string> RevisionAsync(ControlPlaneProcess controlPlane)
    {
        using var http = controlPlane.Connect();
        using var list = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync(new Uri("/api/v1/configmaps?limit=1", UriKind.Relative)));
        return list.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
    }
}
