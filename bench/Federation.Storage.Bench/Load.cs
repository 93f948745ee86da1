using System.Diagnostics;

namespace Federation.Storage.Bench;

/// <summary>How long each call of a closed loop took, in stopwatch ticks, sorted.</summary>
/// <param name="Cpu">What this process used meanwhile; a database server's own use is not in it.</param>
internal sealed record LoadResult(long[] Sorted, double Seconds, TimeSpan Cpu)
{
    public double CpuMicroseconds => Cpu.TotalMicroseconds / Math.Max(1, Sorted.Length);

    public static LoadResult Merge(IReadOnlyCollection<LoadResult> turns)
    {
        var sorted = turns.SelectMany(turn => turn.Sorted).ToArray();
        Array.Sort(sorted);
        return new LoadResult(sorted, turns.Sum(turn => turn.Seconds), TimeSpan.FromTicks(turns.Sum(turn => turn.Cpu.Ticks)));
    }

    public double PerSecond => Sorted.Length / Seconds;

    public double Milliseconds(double quantile) =>
        Sorted.Length == 0 ? 0 : Sorted[Math.Min(Sorted.Length - 1, (int)(quantile * Sorted.Length))] * 1000.0 / Stopwatch.Frequency;
}

/// <summary>A closed loop: each writer waits for its acknowledgement before it writes again.</summary>
internal static class Load
{
    public const int ValueBytes = 2048;

    /// <param name="put">Writes once, given the writer's number and the number of its write.</param>
    public static async Task<LoadResult> RunAsync(int writers, double seconds, Func<int, int, Task> put)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(seconds * Stopwatch.Frequency);
        var samples = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var mine = new List<long>(100_000);
            for (var number = 0; ; number++)
            {
                var before = Stopwatch.GetTimestamp();
                if (before >= end)
                    return mine;
                await put(writer, number);
                mine.Add(Stopwatch.GetTimestamp() - before);
            }
        })));
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var sorted = samples.SelectMany(mine => mine).ToArray();
        Array.Sort(sorted);
        return new LoadResult(sorted, took, Environment.CpuUsage.TotalTime - cpu);
    }
}
