using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Federation.TestKit.Network;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Services;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Services;

public sealed class ServiceProxyTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrentQueue<ListenerState> _states = new();
    private readonly ServiceProxy _proxy;
    private readonly List<EchoPod> _pods = [];

    public ServiceProxyTests() => _proxy = new ServiceProxy(_time, NullLogger<ServiceProxy>.Instance, _states.Enqueue);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        foreach (var pod in _pods)
            await pod.DisposeAsync();
    }

    private EchoPod Pod(string name)
    {
        var pod = new EchoPod(name);
        _pods.Add(pod);
        return pod;
    }

    private void Serve(IPEndPoint listen, params (string Pod, IPEndPoint Address)[] backends) =>
        _proxy.Update("uid", [new ServiceEndpoint("uid", listen, [.. backends.Select(backend => new BackendAddress(backend.Pod, backend.Address))])]);

    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(address, limit.Token);
        return socket;
    }

    private static async Task<string> ReadLineAsync(Socket socket)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        using var limit = new CancellationTokenSource(Patience);
        while (await socket.ReceiveAsync(one, SocketFlags.None, limit.Token) == 1 && one[0] != '\n')
            line.Append((char)one[0]);
        return line.ToString();
    }

    private static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        using var limit = new CancellationTokenSource(Patience);
        int received;
        while ((received = await socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token)) > 0)
            all.Write(buffer, 0, received);
        return all.ToArray();
    }

    [Fact]
    public async Task Serve_SeveralPods_EachGetsItsShareOfOpenConnections()
    {
        var listen = Ports.FreeEndpoint();
        EchoPod[] pods = [Pod("a"), Pod("b"), Pod("c")];
        Serve(listen, ("a", pods[0].Address), ("b", pods[1].Address), ("c", pods[2].Address));
        var clients = new List<Socket>();
        for (var number = 0; number < 30; number++)
        {
            clients.Add(await ConnectAsync(listen));
            await ReadLineAsync(clients[^1]);
        }

        pods.Select(pod => pod.Accepted).ShouldBe([10, 10, 10]);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Serve_ClientEndsItsHalf_StillGetsTheRestOfTheAnswer()
    {
        var listen = Ports.FreeEndpoint();
        Serve(listen, ("a", Pod("a").Address));
        using var client = await ConnectAsync(listen);
        await ReadLineAsync(client);
        var payload = RandomNumberGenerator.GetBytes(3_000_000);
        var reading = ReadToEndAsync(client);
        for (var sent = 0; sent < payload.Length;)
            sent += await client.SendAsync(payload.AsMemory(sent), SocketFlags.None);
        client.Shutdown(SocketShutdown.Send);
        var answer = await reading;
        answer.AsSpan(0, payload.Length).SequenceEqual(payload).ShouldBeTrue();
        Encoding.ASCII.GetString(answer.AsSpan(payload.Length)).ShouldBe("bye");
    }

    [Fact]
    public async Task Serve_PodDoesNotListen_AnotherOneTakesTheConnection()
    {
        var listen = Ports.FreeEndpoint();
        Serve(listen, ("dead", Ports.FreeEndpoint()), ("alive", Pod("alive").Address));
        for (var number = 0; number < 10; number++)
        {
            using var client = await ConnectAsync(listen);
            (await ReadLineAsync(client)).ShouldBe("alive");
        }
    }

    [Fact]
    public async Task Serve_NoPodAtAll_ClientIsResetAtOnce()
    {
        var listen = Ports.FreeEndpoint();
        Serve(listen);
        // The reset may come before or after the client has noticed that it is connected.
        var exception = await Should.ThrowAsync<SocketException>(async () =>
        {
            using var client = await ConnectAsync(listen);
            await ReadToEndAsync(client);
        });
        exception.SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    [Fact]
    public async Task Serve_PodDiesInTheMiddle_ClientIsResetAndNotToldOfAnEnd()
    {
        var listen = Ports.FreeEndpoint();
        var pod = new EchoPod("a");
        Serve(listen, ("a", pod.Address));
        using var client = await ConnectAsync(listen);
        await ReadLineAsync(client);
        // Unread data makes the kernel reset the connection instead of ending it, as it does for a killed process.
        using var flood = new CancellationTokenSource(Patience);
        await client.SendAsync(new byte[100_000], SocketFlags.None, flood.Token);
        await pod.DisposeAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await client.SendAsync(new byte[1], SocketFlags.None, flood.Token);
                    return false;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            "the client notices");
    }

    [Fact]
    public async Task Serve_StormOfConnections_EveryOneIsServed()
    {
        var listen = Ports.FreeEndpoint();
        // Held and not listened on: a free port may be another test's by now.
        using var dead = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        dead.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Serve(listen, ("a", Pod("a").Address), ("b", Pod("b").Address), ("c", (IPEndPoint)dead.LocalEndPoint!));
        var served = await Task.WhenAll(Enumerable.Range(0, 2000).Select(async _ =>
        {
            using var client = await ConnectAsync(listen);
            var name = await ReadLineAsync(client);
            await client.SendAsync("ping"u8.ToArray());
            client.Shutdown(SocketShutdown.Send);
            return (name, Encoding.ASCII.GetString(await ReadToEndAsync(client)));
        }));
        served.ShouldAllBe(answer => (answer.name == "a" || answer.name == "b") && answer.Item2 == "pingbye");
    }

    [Fact]
    public async Task Drain_PodLeftTheService_WaitsForItsConnectionsOnly()
    {
        var listen = Ports.FreeEndpoint();
        var (a, b) = (Pod("a"), Pod("b"));
        Serve(listen, ("a", a.Address));
        using var client = await ConnectAsync(listen);
        await ReadLineAsync(client);
        Serve(listen, ("b", b.Address));
        var draining = _proxy.DrainAsync("a", TimeSpan.FromSeconds(10), CancellationToken.None);
        using (var other = await ConnectAsync(listen))
            (await ReadLineAsync(other)).ShouldBe("b");
        draining.IsCompleted.ShouldBeFalse();

        client.Shutdown(SocketShutdown.Send);
        Encoding.ASCII.GetString(await ReadToEndAsync(client)).ShouldBe("bye");
        await draining.WaitAsync(Patience);
    }

    [Fact]
    public async Task Drain_ConnectionStaysOpen_EndsWithTheGracePeriod()
    {
        var listen = Ports.FreeEndpoint();
        Serve(listen, ("a", Pod("a").Address));
        using var client = await ConnectAsync(listen);
        await ReadLineAsync(client);
        Serve(listen);
        var draining = _proxy.DrainAsync("a", TimeSpan.FromSeconds(10), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(9));
        draining.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        await draining.WaitAsync(Patience);
    }

    [Fact]
    public async Task Update_PortIsTaken_SaysSoAndServesOnceItIsFree()
    {
        using var thief = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        thief.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        thief.Listen();
        var listen = (IPEndPoint)thief.LocalEndPoint!;
        Serve(listen, ("a", Pod("a").Address));
        _states.ShouldContain(state => state.WorkUid == "uid" && state.Problem != null && state.Problem.Contains("cannot be listened on", StringComparison.Ordinal));

        thief.Close();
        _time.Advance(TimeSpan.FromSeconds(2));
        _states.Last().Problem.ShouldBeNull();
        using var client = await ConnectAsync(listen);
        (await ReadLineAsync(client)).ShouldBe("a");
    }

    [Fact]
    public async Task Update_TwoWorksWantOnePort_TheFirstKeepsItAndTheOtherGetsItAfterwards()
    {
        var listen = Ports.FreeEndpoint();
        Serve(listen, ("a", Pod("a").Address));
        _proxy.Update("other", [new ServiceEndpoint("other", listen, [new BackendAddress("b", Pod("b").Address)])]);
        _states.Last().ShouldBe(new ListenerState("other", new(ServiceProtocol.Tcp, listen), $"{listen} is taken by another app of this cluster"));
        using (var client = await ConnectAsync(listen))
            (await ReadLineAsync(client)).ShouldBe("a");

        _proxy.Update("uid", []);
        _states.Last().ShouldBe(new ListenerState("other", new(ServiceProtocol.Tcp, listen), null));
        using (var client = await ConnectAsync(listen))
            (await ReadLineAsync(client)).ShouldBe("b");
    }

    [Fact]
    public async Task Update_NothingExposedAnyMore_OpenConnectionsGoOnAndNewOnesAreRefused()
    {
        var listen = Ports.FreeEndpoint();
        Serve(listen, ("a", Pod("a").Address));
        using var client = await ConnectAsync(listen);
        await ReadLineAsync(client);
        _proxy.Update("uid", ImmutableArray<ServiceEndpoint>.Empty);
        (await Should.ThrowAsync<SocketException>(() => ConnectAsync(listen))).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        client.Shutdown(SocketShutdown.Send);
        Encoding.ASCII.GetString(await ReadToEndAsync(client)).ShouldBe("bye");
    }

    [Fact]
    public async Task Serve_IPv6Address_LeadsToAPodOnIPv4()
    {
        var listen = Ports.FreeEndpoint(IPAddress.IPv6Loopback);
        Serve(listen, ("a", Pod("a").Address));
        using var client = await ConnectAsync(listen);
        (await ReadLineAsync(client)).ShouldBe("a");
    }
}
