using System.Net.Sockets;
using Federation.Dns.Tests.Answering;
using Federation.Dns.Tests.Listening;
using Federation.Dns.Tests.Support;
using Federation.TestKit.Waiting;
using Xunit.Abstractions;

namespace Federation.Dns.Tests.Fuzzing;

/// <summary>Strangers at the sockets. Whatever they send, others are answered and memory stays bounded.</summary>
public sealed class ListenerFuzzTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int MostGrowth = 64 << 20;

    private static readonly int Rounds = Math.Max(1, ResponderFuzzTests.Setting("DNS_FUZZ_PACKETS", 100_000) / 10_000);

    private readonly RunningServer _server = new(AnswerCases.Zone, options =>
    {
        options.MaxTcpConnections = 20;
        options.TcpIdleTimeout = TimeSpan.FromHours(1);
        options.MaxTcpQuerySize = ushort.MaxValue;
    });

    public async Task InitializeAsync() => await _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Udp_Garbage_LeavesTheServerAnswering()
    {
        var maker = new PacketMaker(1);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(_server.Endpoint);
        for (var i = 0; i < 1_000 * Rounds; i++)
        {
            await SendQuietlyAsync(socket, i % 50 == 0 ? maker.Noise(65_000) : maker.Make());
            if (i % 1_000 == 0)
                await AnswersAsync();
        }

        await AnswersAsync();
    }

    [Fact]
    public async Task Tcp_GarbageAndLongFrames_LeaveTheServerAnsweringWithinBounds()
    {
        var maker = new PacketMaker(2);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 30 * Rounds; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_server.Endpoint);
            byte[] sent = maker.Next(4) switch
            {
                0 => maker.Noise(maker.Next(100_000)), // no frames at all
                1 => [0xFF, 0xFF, .. maker.Noise(ushort.MaxValue)], // the longest one, whole
                2 => [0xFF, 0xFF, .. maker.Noise(maker.Next(ushort.MaxValue))], // and one that never ends
                _ => [.. Enumerable.Range(0, 200).Select(_ => maker.Make()).SelectMany(packet => (byte[])[(byte)(packet.Length >> 8), (byte)packet.Length, .. packet])],
            };
            await SendQuietlyAsync(socket, sent);
            if (i % 10 == 0)
                await AnswersAsync();
        }

        await AnswersAsync();
        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{30 * Rounds} connections, {growth / 1024} KiB more");
        growth.ShouldBeLessThan(MostGrowth);
    }

    [Fact]
    public async Task Tcp_MoreSlowConnectionsThanRoom_ALaterClientIsAnswered()
    {
        // Each sends one byte of a query and no more; those that have waited the longest make room.
        var slow = new List<Socket>();
        try
        {
            for (var i = 0; i < 100; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                slow.Add(socket);
                await socket.ConnectAsync(_server.Endpoint);
                await SendQuietlyAsync(socket, [0]);
                if (i % 20 == 19)
                    await AnswersAsync("+tcp");
            }

            // The server keeps no more of them than it has room for.
            await Eventually.TrueAsync(() => slow.Count(IsClosed) >= 80, "the first ones are closed", seen: () => $"{slow.Count(IsClosed)} closed");
            await AnswersAsync("+tcp");
        }
        finally
        {
            slow.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Tcp_ClientsThatNeverRead_AreCutAndOthersAreAnswered()
    {
        await using var server = new RunningServer(AnswerCases.Zone, options =>
        {
            options.MaxTcpConnections = 20;
            options.TcpIdleTimeout = TimeSpan.FromSeconds(1);
        });
        await server.StartAsync();
        byte[] queries = [.. Enumerable.Range(0, 500).Select(i => TestMessage.Query("web.shop.svc.fed.test", "A", id: (ushort)i)).SelectMany(query => (byte[])[0, (byte)query.Length, .. query])];
        var deaf = Enumerable.Range(0, 5).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 }).ToList();
        try
        {
            foreach (var socket in deaf)
            {
                await socket.ConnectAsync(server.Endpoint);
                socket.Blocking = false;
            }

            // Each sends for as long as the server takes it; then it has no room for answers, and after the idle time the connection ends.
            await Eventually.TrueAsync(() => deaf.Count(socket => IsRefused(socket, queries)) == deaf.Count, "those who never read are cut");
            await Eventually.TrueAsync(async () => await AskAsync("+tcp") && await AskAsync("+notcp"), "others are answered");
        }
        finally
        {
            deaf.ForEach(socket => socket.Dispose());
        }

        async Task<bool> AskAsync(string transport) =>
            (await TestKit.Processes.Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{server.Endpoint.Port}", "+time=2", "+tries=1", "+short", transport, "web.shop.svc.fed.test", "A"])).Output.Trim() == "192.0.2.1";
    }

    /// <summary>Sends what the socket takes at once. What the server ended takes nothing any more.</summary>
    private static bool IsRefused(Socket socket, byte[] bytes)
    {
        try
        {
            while (socket.Send(bytes) > 0)
            {
                // More.
            }

            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode != SocketError.WouldBlock;
        }
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private async Task AnswersAsync(params string[] flags) =>
        (await _server.DigAsync(["+short", "web.shop.svc.fed.test", "A", .. flags])).Trim().ShouldBe("192.0.2.1");

    private static async Task SendQuietlyAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            // The server has closed the connection already, as it may.
        }
    }
}
