using System.Diagnostics;

namespace Federation.Simulation.Tests.Running;

/// <summary>Runs <see cref="Program"/> in a process of its own.</summary>
internal static class Worker
{
    /// <summary>How many worlds run at a time.</summary>
    public static int AtOnce => Math.Max(1, Environment.ProcessorCount);

    /// <summary>Every line it prints, and whether it ended well.</summary>
    public static async Task<(IReadOnlyList<string> Lines, bool IsGood)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Federation.Simulation.Tests.dll") },
            RedirectStandardOutput = true,
            UseShellExecute = false,
            // One processor: the thread pool can then be limited to one thread. The rest is for speed: with one processor the runtime waits ten times
            // as long before it optimizes, which is for ever here; most of what a world allocates dies with it; and compiling is
            // quicker where memory may be written and executed.
            Environment =
            {
                ["DOTNET_PROCESSOR_COUNT"] = "1",
                ["DOTNET_TieredPGO"] = "0",
                ["DOTNET_TC_DelaySingleProcMultiplier"] = "1",
                ["DOTNET_GCgen0size"] = "0x4000000",
                ["DOTNET_EnableWriteXorExecute"] = "0",
            },
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        // Worlds have a clock of their own: they can wait for tests that have not.
        process.PriorityClass = ProcessPriorityClass.Idle;
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            lines.Add(line);
        await process.WaitForExitAsync();
        return (lines, process.ExitCode == 0);
    }

    /// <summary>Runs seeds over all processors.</summary>
    /// <returns>By seed: the trace's hash and what broke, or <c>good</c>.</returns>
    public static async Task<SortedDictionary<int, string>> RunAsync(int first, int count)
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(index =>
            RunAsync("run", $"{first + index}", $"{(count - index + AtOnce - 1) / AtOnce}", $"{AtOnce}")));
        return new SortedDictionary<int, string>(runs.SelectMany(run => run.Lines).Select(line => line.Split(' ', 2)).ToDictionary(parts => int.Parse(parts[0]), parts => parts[1]));
    }
}
