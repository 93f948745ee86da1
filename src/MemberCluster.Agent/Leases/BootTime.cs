using System.Runtime.InteropServices;

namespace MemberCluster.Agent.Leases;

/// <summary>The machine's clock that goes on while the machine sleeps, and that nobody sets: its timestamps are nanoseconds since the machine started.</summary>
internal sealed partial class BootTime : TimeProvider
{
    private const int BootClock = 7;   // CLOCK_BOOTTIME
    private const int Absolute = 1;    // TIMER_ABSTIME
    private const int Second = 1_000_000_000;

    public override long TimestampFrequency => Second;

    /// <summary>The clock for permissions beside another one: the machine's own, unless that other one is a test's.</summary>
    public static TimeProvider Beside(TimeProvider time) => time == System ? new BootTime() : time;

    public override long GetTimestamp() => GetTime(BootClock, out var now) == 0 ? (now.Seconds * Second) + now.Nanoseconds : throw new InvalidOperationException("The kernel has no boot clock.");

    /// <summary>Puts the calling thread to sleep; a machine that slept meanwhile wakes it as soon as it wakes itself. Signals may wake it earlier.</summary>
    public static void SleepUntil(long timestamp)
    {
        var until = new TimeSpec { Seconds = timestamp / Second, Nanoseconds = timestamp % Second };
        _ = Sleep(BootClock, Absolute, until, IntPtr.Zero);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec now);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int Sleep(int clock, int flags, in TimeSpec until, IntPtr left);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
