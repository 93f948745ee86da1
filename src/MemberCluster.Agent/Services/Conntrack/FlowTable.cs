using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MemberCluster.Agent.Services.Conntrack;

/// <summary>The kernel's table of connections, over netlink (linux/netfilter/nfnetlink_conntrack.h). Needs CAP_NET_ADMIN.</summary>
internal static partial class FlowTable
{
    private const int NetlinkFamily = 16;   // AF_NETLINK
    private const int RawCloexec = 3 | 0x80000;   // SOCK_RAW | SOCK_CLOEXEC
    private const int Netfilter = 12;   // NETLINK_NETFILTER
    private const int BufferSize = 256 * 1024;
    private const int HeaderLength = 16;
    private const int MessageLength = HeaderLength + 4;   // and struct nfgenmsg

    private const ushort Get = (1 << 8) | 1;   // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET
    private const ushort Delete = (1 << 8) | 2;
    private const ushort Error = 2;   // NLMSG_ERROR
    private const ushort Done = 3;   // NLMSG_DONE
    private const ushort Request = 0x1;
    private const ushort Acknowledge = 0x4;
    private const ushort Dump = 0x300;
    private const int NoEntry = 2;   // ENOENT

    /// <summary>The flows that the filter wants. The table may change meanwhile: one that comes or goes may be missed.</summary>
    /// <exception cref="IOException">The kernel does not say.</exception>
    public static List<TrackedFlow> Find(Func<TrackedFlow, bool> filter)
    {
        using var netlink = new Netlink();
        netlink.Send(Message(Get, Request | Dump, family: 0, []));
        var found = new List<TrackedFlow>();
        var buffer = new byte[BufferSize];
        while (true)
        {
            var received = netlink.Receive(buffer);
            for (var rest = buffer.AsSpan(0, received); rest.Length >= HeaderLength;)
            {
                var length = MemoryMarshal.Read<int>(rest);
                if (length < HeaderLength || length > rest.Length)
                    throw new IOException("The kernel's answer about connections cannot be read.");
                var type = MemoryMarshal.Read<ushort>(rest[4..]);
                if (type == Done)
                    return found;
                if (type == Error)
                    throw Failed(-MemoryMarshal.Read<int>(rest[HeaderLength..]));
                if (FlowReader.Read(rest[MessageLength..length]) is { } flow && filter(flow))
                    found.Add(flow);
                rest = rest[Math.Min(rest.Length, Align(length))..];
            }
        }
    }

    /// <summary>Makes the kernel forget the flows: their next packets are decided anew. One that has ended by itself is no error.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    public static void Forget(IEnumerable<TrackedFlow> flows)
    {
        using var netlink = new Netlink();
        var buffer = new byte[BufferSize];
        foreach (var flow in flows)
        {
            netlink.Send(Message(Delete, Request | Acknowledge, FlowReader.FamilyOf(flow), flow.Key));
            netlink.Receive(buffer);
            var error = -MemoryMarshal.Read<int>(buffer.AsSpan(HeaderLength));
            if (error is not 0 and not NoEntry)
                throw Failed(error);
        }
    }

    private static byte[] Message(ushort type, int flags, byte family, ReadOnlySpan<byte> attributes)
    {
        var message = new byte[MessageLength + attributes.Length];
        MemoryMarshal.Write(message, message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        MemoryMarshal.Write(message.AsSpan(6), (ushort)flags);
        message[HeaderLength] = family;
        attributes.CopyTo(message.AsSpan(MessageLength));
        return message;
    }

    private static int Align(int length) => (length + 3) & ~3;

    private static IOException Failed(int error) => new($"The kernel's table of connections: {new Win32Exception(error).Message}.");

    /// <summary>A netlink socket; .NET knows no such family.</summary>
    private sealed partial class Netlink : IDisposable
    {
        private readonly int _descriptor = Open(NetlinkFamily, RawCloexec, Netfilter);

        public Netlink()
        {
            if (_descriptor < 0)
                throw Failed(Marshal.GetLastPInvokeError());
        }

        public void Send(ReadOnlySpan<byte> message)
        {
            if (Send(_descriptor, message, (nuint)message.Length, 0) < 0)
                throw Failed(Marshal.GetLastPInvokeError());
        }

        public int Receive(Span<byte> buffer)
        {
            var received = Receive(_descriptor, buffer, (nuint)buffer.Length, 0);
            return received > 0 ? (int)received : throw Failed(Marshal.GetLastPInvokeError());
        }

        public void Dispose() => _ = Close(_descriptor);

        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
        private static partial int Open(int family, int type, int protocol);

        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
        private static partial nint Send(int descriptor, ReadOnlySpan<byte> message, nuint length, int flags);

        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
        private static partial nint Receive(int descriptor, Span<byte> buffer, nuint length, int flags);

        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
        private static partial int Close(int descriptor);
    }
}
