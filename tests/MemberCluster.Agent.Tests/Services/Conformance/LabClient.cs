using System.Net;
using System.Net.Sockets;
using System.Text;
using Federation.TestKit.Machines;

namespace MemberCluster.Agent.Tests.Services.Conformance;

/// <summary>What a pod told a client about itself and about the client.</summary>
internal sealed record Served(string Pod, string Client);

/// <summary>Connections from one machine of the lab.</summary>
internal sealed class LabClient(ServiceLab lab, string machine)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>An open connection, after the pod has said who it is.</summary>
    public async Task<(Socket Socket, Served Served)> OpenAsync(string address)
    {
        var target = IPEndPoint.Parse(address);
        var socket = lab.NewSocket(machine, target.AddressFamily, SocketType.Stream);
        try
        {
            socket.NoDelay = true;
            using var limit = new CancellationTokenSource(Patience);
            await socket.ConnectAsync(target, limit.Token);
            var line = new StringBuilder();
            var one = new byte[1];
            while (true)
            {
                if (await socket.ReceiveAsync(one, SocketFlags.None, limit.Token) == 0)
                    throw new SocketException((int)SocketError.ConnectionReset);
                if (one[0] == '\n')
                    return (socket, Parse(line.ToString()));
                line.Append((char)one[0]);
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects, sends something, gets it back and hangs up in order.</summary>
    public async Task<Served> AskAsync(string address)
    {
        var (socket, served) = await OpenAsync(address);
        using (socket)
        {
            await EchoAsync(socket);
            socket.Shutdown(SocketShutdown.Send);
            using var limit = new CancellationTokenSource(Patience);
            (await socket.ReceiveAsync(new byte[1], SocketFlags.None, limit.Token)).ShouldBe(0);
        }

        return served;
    }

    public async Task<string> WhoAsync(string address) => (await AskAsync(address)).Pod;

    /// <summary>By pod, how many of so many connections it got.</summary>
    public async Task<Dictionary<string, int>> CountAsync(string address, int connections, int atOnce = 16)
    {
        var names = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (_, _) => names.Add(await WhoAsync(address)));
        return names.GroupBy(name => name).ToDictionary(group => group.Key, group => group.Count());
    }

    /// <summary>Why a connection is not served; null when it is.</summary>
    public async Task<SocketError?> RefusalAsync(string address)
    {
        try
        {
            await AskAsync(address);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    /// <summary>A UDP socket that talks to an address.</summary>
    public Socket Talk(string address)
    {
        var target = IPEndPoint.Parse(address);
        var socket = lab.NewSocket(machine, target.AddressFamily, SocketType.Dgram);
        socket.Connect(target);
        return socket;
    }

    /// <summary>Sends a datagram, again until it is answered.</summary>
    public static async Task<Served> TalkAsync(Socket socket)
    {
        var buffer = new byte[2048];
        for (var attempt = 0; attempt < 40; attempt++)
        {
            try
            {
                await socket.SendAsync("?"u8.ToArray());
                using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
                var received = await socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
                return Parse(Encoding.ASCII.GetString(buffer, 0, received));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // Lost, or refused by a pod that has gone: the next one.
            }
        }

        throw new TimeoutException("No datagram was answered.");
    }

    public static async Task EchoAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(Patience);
        var sent = "0123456789"u8.ToArray();
        await socket.SendAsync(sent, SocketFlags.None, limit.Token);
        var received = new byte[sent.Length];
        for (var count = 0; count < received.Length;)
        {
            var part = await socket.ReceiveAsync(received.AsMemory(count), SocketFlags.None, limit.Token);
            if (part == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            count += part;
        }

        received.ShouldBe(sent);
    }

    private static Served Parse(string line)
    {
        var words = line.Split(' ');
        return new Served(words[0], words[1]);
    }
}
