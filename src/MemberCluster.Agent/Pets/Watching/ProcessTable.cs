using System.Globalization;
using System.Runtime.InteropServices;

namespace MemberCluster.Agent.Pets.Watching;

/// <summary>Processes of this machine as the kernel shows them, without any engine's help.</summary>
internal static partial class ProcessTable
{
    private const int Kill = 9;
    private const long OpenProcess = 434;     // pidfd_open
    private const long SignalProcess = 424;   // pidfd_send_signal

    /// <summary>In ticks since the machine started; 0: there is no such process.</summary>
    public static long StartOf(int pid) => Stat(pid) is { Length: > 19 } fields && long.TryParse(fields[19], CultureInfo.InvariantCulture, out var started) ? started : 0;

    /// <summary>It is there, and not held by SIGSTOP.</summary>
    public static bool IsAtWork(int pid, long started) => Stat(pid) is { Length: > 19 } fields && fields[19] == started.ToString(CultureInfo.InvariantCulture) && fields[0] is not ("T" or "t" or "Z" or "X");

    /// <summary>It is there, and no corpse.</summary>
    public static bool IsAlive(int pid, long started) => started != 0 && Stat(pid) is { Length: > 19 } fields && fields[19] == started.ToString(CultureInfo.InvariantCulture) && fields[0] is not ("Z" or "X");

    /// <summary>Kills the process that has the pid if it is the one that is meant. Between look and kill it cannot become another one: the kernel holds it for us.</summary>
    /// <returns>True: it was killed.</returns>
    public static bool TryKill(int pid, Func<int, bool> isMeant)
    {
        var handle = Call(OpenProcess, pid, 0, IntPtr.Zero, 0);
        if (handle < 0)
            return false;
        try
        {
            return isMeant(pid) && Call(SignalProcess, handle, Kill, IntPtr.Zero, 0) == 0;
        }
        finally
        {
            _ = Close((int)handle);
        }
    }

    /// <summary>Kills every process of these containers, whatever the engine knows of them, and thaws what is frozen so that it dies of that.</summary>
    /// <param name="containers">Their ids, which are part of the names of their cgroups.</param>
    /// <param name="ended">Called with the id and pid of each.</param>
    /// <returns>How many processes of them were found.</returns>
    public static int KillAllOf(IReadOnlySet<string> containers, Action<string, int> ended)
    {
        var found = 0;
        if (containers.Count == 0)
            return found;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var pid) || ContainerOf(pid, containers) is not { } container)
                continue;
            found++;
            if (TryKill(pid, candidate => ContainerOf(candidate, containers) == container))
                ended(container, pid);
            Freezer.Thaw(pid);
        }

        return found;
    }

    /// <summary>Which of the containers the process belongs to. A corpse belongs to none.</summary>
    public static string? ContainerOf(int pid, IReadOnlySet<string> containers)
    {
        if (TryRead($"/proc/{pid}/cgroup") is not { } text || Stat(pid) is not { Length: > 0 } fields || fields[0] is "Z" or "X")
            return null;
        // Paths end in the container's id, as in /docker/ID and /system.slice/docker-ID.scope; a container may have cgroups of its own below.
        foreach (var part in text.Split(['/', '\n', '-', '.', ':'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (containers.Contains(part))
                return part;
        }

        return null;
    }

    /// <summary>The words after the program's name, which may have any letters in it.</summary>
    private static string[]? Stat(int pid) =>
        TryRead($"/proc/{pid}/stat") is { } text && text.LastIndexOf(')') is > 0 and var end ? text[(end + 2)..].Split(' ') : null;

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone meanwhile.
            return null;
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Call(long number, long first, long second, IntPtr third, long fourth);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
