using System.Runtime.InteropServices;
using MemberCluster.Agent.Leases;

namespace MemberCluster.Agent.Pets.Watching;

/// <summary>
/// The watchdog's process: sleeps until the deadline, reads whether it was moved, sleeps on; and when it has passed, ends every fenced pet, by pid first, as the engine
/// may hang, then at the engine. One thread, which wakes a few times in a minute.
/// </summary>
internal static partial class WatchdogProgram
{
    private const long Second = 1_000_000_000;

    /// <summary>While there is no deadline ahead, and nothing lives, it looks again after this.</summary>
    private const long Idle = 5 * Second;

    /// <summary>Between two looks after a deadline: at first what was being started comes up, later only a hung engine that wakes could do anything.</summary>
    private const long Hurried = Second / 10;
    private const long Patient = Second;
    private const long HurriesFor = 10 * Second;

    /// <summary>With no agent for so long after a deadline, and nothing left, it is not needed any more.</summary>
    private const long LeavesAfter = 60 * Second;

    private const int Hangup = 1;
    private const int Interrupt = 2;
    private const int Terminate = 15;

    /// <param name="arguments">The directory, and the version that the agent knows it by.</param>
    /// <returns>0.</returns>
    public static int Run(IReadOnlyList<string> arguments)
    {
        // Whoever ends the agent does not end what watches over it; it ends by itself when there is nothing to watch.
        _ = NewSession();
        foreach (var signal in (int[])[Hangup, Interrupt, Terminate])
            _ = SetHandler(signal, 1);
        var files = new FenceFiles(arguments[0]);
        var clock = new BootTime();
        using var held = TryLock(files.Lock, clock);
        if (held is null)
            return 0;
        var self = Environment.ProcessId;
        files.SetWatchdog(self, ProcessTable.StartOf(self), arguments.Count > 1 ? arguments[1] : "");
        // Compiled before it is needed in a hurry.
        _ = ProcessTable.KillAllOf(new HashSet<string> { "none" }, (_, _) => { });
        Watch(files, clock);
        return 0;
    }

    private static void Watch(FenceFiles files, BootTime clock)
    {
        using var ending = new FenceEnding(files, clock);
        var quietSince = clock.GetTimestamp();
        FenceRecord? last = null;
        while (true)
        {
            // What was said last counts where nothing can be read, but not for ever.
            var read = files.Read();
            var record = last = read ?? last;
            var now = clock.GetTimestamp();
            if (record is not null && record.Deadline > now)
            {
                ending.Reset();
                quietSince = record.Deadline;
                BootTime.SleepUntil(record.Deadline);
                continue;
            }

            var isQuiet = record is null || ending.EndAll(record);
            if (!isQuiet)
                quietSince = now;
            var isAgentThere = record is not null && read is not null && ProcessTable.IsAlive(record.Agent, record.AgentStarted);
            var isOver = now - quietSince > LeavesAfter || !Directory.Exists(files.Directory);
            if (!isAgentThere && isQuiet && isOver)
                return;
            BootTime.SleepUntil(now + (now - (record?.Deadline ?? 0) < HurriesFor ? Hurried : isQuiet ? Idle : Patient));
        }
    }

    /// <summary>Waits a little: the one before may be about to end.</summary>
    private static FileStream? TryLock(string path, BootTime clock)
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                BootTime.SleepUntil(clock.GetTimestamp() + Hurried);
            }
        }

        return null;
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int NewSession();

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);
}
