namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>Pieces of the scripts that the cases run: for busybox as they stand, and known to <see cref="FakeShell"/>, which plays them on the fake engine.</summary>
internal static class Sh
{
    /// <summary>Waits for ever, and lets signals in.</summary>
    public const string Wait = "while :; do sleep 3600 & wait; done";

    /// <summary>Runs until told to stop, ends at once.</summary>
    public const string Stay = $"trap 'exit 143' TERM; {Wait}";

    /// <summary>As pid 1 a process without a handler ignores the signal.</summary>
    public const string IgnoreStop = Wait;

    public const string TakeAllMemory = "x=a; while :; do x=$x$x; done";

    /// <summary>Serves the files of /www on port 8080.</summary>
    public const string Serve = "httpd -f -p 8080 -h /www";

    public const string CpuQuota = "cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null";

    public const string NoNewPrivileges = "grep NoNewPrivs /proc/1/status";

    public const string Capabilities = "grep CapEff /proc/1/status";

    /// <summary>Runs a command at the stop signal, and ends; a signal that comes before <see cref="HearsSignals"/> holds is lost.</summary>
    public static string StayAnd(string command) => $"trap '{command}; exit 0' TERM; touch /tmp/hears; {Wait}";

    public const string HearsSignals = "test -e /tmp/hears";
}
