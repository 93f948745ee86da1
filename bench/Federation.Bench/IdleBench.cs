using Federation.TestKit.Local;

namespace Federation.Bench;

/// <summary>Memory and processor time of every process of an idle three-region federation, over a minute.</summary>
internal static class IdleBench
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(60);

    public static async Task RunAsync()
    {
        await using var federation = await LocalFederation.UpAsync();
        string[] processes = ["control-plane", .. LocalFederation.RegionNames.Select(region => $"agent-{region}")];
        var before = processes.Select(process => CpuSeconds(federation.Pid(process))).ToList();
        await Task.Delay(Period, TimeProvider.System);
        Console.WriteLine("| process | resident MiB | processor % of one core |\n|---|---:|---:|");
        foreach (var (process, spent) in processes.Zip(before))
        {
            var pid = federation.Pid(process);
            Console.WriteLine($"| {process} | {ResidentMebibytes(pid):0} | {(CpuSeconds(pid) - spent) / Period.TotalSeconds * 100:0.0} |");
        }
    }

    private static double ResidentMebibytes(int pid) =>
        long.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024.0;

    private static double CpuSeconds(int pid)
    {
        // Fields 14 and 15, counted behind the program's name in parentheses, are user and system time in ticks of 10 ms.
        var fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
        return (long.Parse(fields[11]) + long.Parse(fields[12])) / 100.0;
    }
}
