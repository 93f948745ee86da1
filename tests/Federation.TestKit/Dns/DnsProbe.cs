using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Federation.TestKit.Dns;

/// <summary>Asks a name server for A records over UDP; independent of the product's own codec, so that it can judge it.</summary>
public sealed class DnsProbe(IPEndPoint server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private ushort _id;

    /// <summary>The addresses, sorted as text; empty for NODATA and NXDOMAIN; null when no answer came.</summary>
    public async Task<IReadOnlyList<string>?> AddressesAsync(string name)
    {
        using var socket = new UdpClient(server.AddressFamily);
        socket.Connect(server);
        var query = Query(++_id, name);
        await socket.SendAsync(query);
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            var reply = await socket.ReceiveAsync(timeout.Token);
            return Addresses(reply.Buffer);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            return null;
        }
    }

    private static byte[] Query(ushort id, string name)
    {
        var bytes = new List<byte> { (byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in name.TrimEnd('.').Split('.'))
            bytes.AddRange([(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
        bytes.AddRange([0, 0, 1, 0, 1]);
        return [.. bytes];
    }

    private static List<string> Addresses(byte[] message)
    {
        var answers = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(6));
        var offset = SkipName(message, 12) + 4;
        var addresses = new List<string>();
        for (var i = 0; i < answers; i++)
        {
            offset = SkipName(message, offset);
            var type = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(offset));
            var length = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(offset + 8));
            if (type == 1)
                addresses.Add(new IPAddress(message.AsSpan(offset + 10, length)).ToString());
            offset += 10 + length;
        }

        addresses.Sort(StringComparer.Ordinal);
        return addresses;
    }

    private static int SkipName(byte[] message, int offset)
    {
        while (message[offset] != 0)
        {
            if (message[offset] >= 0xC0)
                return offset + 2;
            offset += message[offset] + 1;
        }

        return offset + 1;
    }
}
