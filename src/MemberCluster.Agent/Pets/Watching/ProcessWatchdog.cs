using System.Diagnostics;
using System.Globalization;

namespace MemberCluster.Agent.Pets.Watching;

/// <summary>The watchdog of this machine's agent as the agent sees it: a process that it starts, and that outlives it.</summary>
/// <param name="directory">In memory, of this agent alone; made already.</param>
/// <param name="program">What starts a watchdog, with its first arguments.</param>
/// <param name="version">A watchdog of another version gives way to one of this.</param>
internal sealed class ProcessWatchdog(string directory, IReadOnlyList<string> program, string version) : IWatchdog
{
    /// <summary>A start that has not shown itself after this is tried again.</summary>
    private static readonly TimeSpan StartAtMost = TimeSpan.FromSeconds(10);

    private readonly FenceFiles _files = new(directory);
    private Stopwatch? _started;
    private string? _problem;

    public string? Ensure()
    {
        if (_files.Watchdog() is { } known && ProcessTable.IsAlive(known.Pid, known.Started))
        {
            if (known.Version == version && ProcessTable.IsAtWork(known.Pid, known.Started))
            {
                _started = null;
                return null;
            }

            // It hangs, or is of another version. While this process lives, the gap is no danger.
            ProcessTable.TryKill(known.Pid, pid => ProcessTable.StartOf(pid) == known.Started);
        }

        if (_started is null || _started.Elapsed > StartAtMost)
        {
            _problem = TryStart();
            _started = Stopwatch.StartNew();
        }

        return _problem ?? "the watchdog is being started";
    }

    public FenceRecord? Read() => _files.Read();

    public void Write(FenceRecord record) => _files.Write(record);

    public void End(IReadOnlyCollection<FencedContainer> containers)
    {
        foreach (var container in containers.Where(container => container.Pid > 0 && container.Started > 0))
            ProcessTable.TryKill(container.Pid, pid => ProcessTable.StartOf(pid) == container.Started);
        ProcessTable.KillAllOf(containers.Select(container => container.Id).ToHashSet(), (_, _) => { });
    }

    public long StartOf(int pid) => ProcessTable.StartOf(pid);

    public IReadOnlyList<string> TakeNews()
    {
        try
        {
            return _files.TakeNews();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>This program again, as a watchdog.</summary>
    public static IReadOnlyList<string> OwnProgram()
    {
        var assembly = typeof(ProcessWatchdog).Assembly.Location;
        if (assembly.Length == 0)
            return [Environment.ProcessPath!, "watchdog"];
        var host = Path.Combine(Path.GetDirectoryName(assembly)!, Path.GetFileNameWithoutExtension(assembly));
        return File.Exists(host) ? [host, "watchdog"] : ["dotnet", assembly, "watchdog"];
    }

    /// <summary>By a shell that ends at once: the watchdog is nobody's child, and holds none of our files open.</summary>
    private string? TryStart()
    {
        if (!File.Exists("/proc/self/cgroup"))
            return "this machine shows no processes in /proc";
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (string[])["-c", "cd / && \"$@\" </dev/null >/dev/null 2>&1 &", "sh", .. program, directory, version])
            start.ArgumentList.Add(argument);
        // It waits for most of its life: a small heap, no compiler that warms up, nobody to diagnose it.
        start.Environment["DOTNET_GCHeapHardLimit"] = (64 << 20).ToString("x", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        try
        {
            using var shell = Process.Start(start) ?? throw new InvalidOperationException("it did not start");
            shell.WaitForExit(StartAtMost);
            return null;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return $"the watchdog cannot be started: {exception.Message}";
        }
    }
}
