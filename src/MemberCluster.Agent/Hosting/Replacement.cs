using System.Runtime.InteropServices;
using System.Text;

namespace MemberCluster.Agent.Hosting;

/// <summary>
/// An upgrade in place: on SIGHUP the agent puts everything down without saying goodbye, and the process becomes the program that its file is by then.
/// The process keeps its id, so that no supervisor notices; pods, and what the kernel serves, never stop.
/// </summary>
internal sealed class Replacement : IDisposable
{
    private readonly PosixSignalRegistration _signal;
    private volatile bool _isAsked;

    /// <param name="stop">Called when a replacement is asked for.</param>
    public Replacement(Action stop) => _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        _isAsked = true;
        stop();
    });

    /// <summary>The agent stops for a successor that comes at once: traffic stays.</summary>
    public bool IsAsked => _isAsked;

    /// <summary>Becomes the new program, with the same arguments and environment. Returns only when that failed, with the reason.</summary>
    public static string Execute()
    {
        // By the name it was started with, which may lead to another version by now.
        var arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0')[..^1];
        _ = ExecuteProgram(arguments[0], [.. arguments, null]);
        return $"The agent could not be replaced: {arguments[0]}: {Marshal.GetLastPInvokeErrorMessage()}";
    }

    public void Dispose() => _signal.Dispose();

    [DllImport("libc", EntryPoint = "execvp", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ExecuteProgram([MarshalAs(UnmanagedType.LPUTF8Str)] string file, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);
}
