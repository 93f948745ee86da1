using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Federation.Storage.Bench;

/// <summary>What the disk itself does: one thread appends 2 KiB and calls fdatasync.</summary>
internal static partial class RawDisk
{
    public static LoadResult Measure(string path, double seconds)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var value = new byte[Load.ValueBytes];
        var samples = new List<long>();
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        for (var offset = 0L; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; offset += value.Length)
        {
            var before = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, value, offset);
            if (SyncData(file) != 0)
                throw new IOException($"fdatasync failed with {Marshal.GetLastPInvokeError()}.");
            samples.Add(Stopwatch.GetTimestamp() - before);
        }

        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        samples.Sort();
        return new LoadResult([.. samples], took, Environment.CpuUsage.TotalTime - cpu);
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncData(SafeFileHandle file);
}
