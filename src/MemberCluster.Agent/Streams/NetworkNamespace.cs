using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MemberCluster.Agent.Streams;

/// <summary>Sockets in the network of another process. A socket belongs for life to the namespace it was made in, so only its making needs the change (setns(2)).</summary>
internal static partial class NetworkNamespace
{
    private const int NetworkKind = 0x40000000;   // CLONE_NEWNET

    /// <summary>A TCP socket (IPv4) there; null: this process may not, or the other one is gone or on another machine.</summary>
    /// <param name="pid">As seen from here.</param>
    public static Socket? NewSocketIn(int pid)
    {
        Socket? socket = null;
        // A thread of its own, which ends with the change: no other code ever runs in the pod's network.
        var thread = new Thread(() => socket = EnterAndCreate(pid)) { IsBackground = true };
        thread.Start();
        thread.Join();
        return socket;
    }

    private static Socket? EnterAndCreate(int pid)
    {
        try
        {
            using var handle = File.OpenHandle($"/proc/{pid}/ns/net");
            return SetNamespace((int)handle.DangerousGetHandle(), NetworkKind) == 0
                ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
                : null;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or SocketException)
        {
            return null;
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);
}
