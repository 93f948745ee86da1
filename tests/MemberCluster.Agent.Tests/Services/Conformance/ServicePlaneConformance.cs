using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Federation.TestKit.Machines;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.PlaneHost;

namespace MemberCluster.Agent.Tests.Services.Conformance;

/// <summary>What every service plane does, with real sockets over real networks.</summary>
public abstract partial class ServicePlaneConformance(string plane) : IAsyncLifetime
{
    private static int _lastPort = 20_000;

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly List<Socket> _sockets = [];
    private ServiceLab _lab = null!;
    private PlaneProcess _node = null!;
    private LabClient _client = null!;

    private protected ServiceLab Lab => _lab;

    private protected PlaneProcess Node => _node;

    private protected LabClient Client => _client;

    /// <summary>The exposed port of this test.</summary>
    private protected int Port { get; } = Interlocked.Increment(ref _lastPort);

    private protected string Table { get; } = "federation/test/node";

    private protected string Service => $"{ServiceLab.Node}:{Port}";

    public async Task InitializeAsync()
    {
        _lab = await ServiceLab.CreateAsync();
        _owned.Add(_lab);
        _client = new LabClient(_lab, "client");
        _node = await StartAsync("node", Table);
    }

    public async Task DisposeAsync()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
        for (var index = _owned.Count - 1; index >= 0; index--)
            await _owned[index].DisposeAsync();
    }

    private protected async Task<PlaneProcess> StartAsync(string machine, string table)
    {
        var host = await PlaneProcess.StartAsync(_lab, machine, plane, table);
        _owned.Add(host);
        return host;
    }

    private protected LabPod Pod(string name, bool isIPv6 = false)
    {
        var pod = new LabPod(_lab, name, isIPv6);
        _owned.Add(pod);
        return pod;
    }

    private protected HostEndpoint On(string[] own, string[]? peers = null, int weight = 1, bool udp = false, int? port = null) => new()
    {
        Listen = $"{ServiceLab.Node}:{port ?? Port}",
        Udp = udp,
        Own = own.ToDictionary(pod => pod, pod => $"{ServiceLab.AddressOf(pod)}:{LabPod.Port}"),
        Peers = (peers ?? []).ToDictionary(peer => peer, peer => $"{ServiceLab.Other}:{port ?? Port}"),
        Weight = weight,
    };

    /// <summary>The node serves this test's port from these of its pods.</summary>
    private protected Task ServeAsync(params string[] own) => _node.TellAsync("web", On(own));

    /// <summary>The other node, serving the same port from its pod.</summary>
    private protected async Task<PlaneProcess> OtherAsync(IReadOnlyDictionary<string, string>? peers = null, bool hasPod = true, bool udp = false)
    {
        var other = await StartAsync("other", "federation/test/other");
        await other.TellAsync("web", new HostEndpoint
        {
            Listen = $"{ServiceLab.Other}:{Port}",
            Udp = udp,
            Own = hasPod ? new Dictionary<string, string> { ["p"] = $"{ServiceLab.AddressOf("p")}:{LabPod.Port}" } : new Dictionary<string, string>(),
            Peers = peers ?? new Dictionary<string, string> { ["node"] = $"{ServiceLab.Node}:{Port}" },
        });
        return other;
    }

    private protected async Task<Socket> OpenAsync(string address, string pod)
    {
        var (socket, served) = await _client.OpenAsync(address);
        _sockets.Add(socket);
        served.Pod.ShouldBe(pod);
        return socket;
    }

    private protected Socket Talk(string address)
    {
        var socket = _client.Talk(address);
        _sockets.Add(socket);
        return socket;
    }

    /// <summary>SO_REUSEADDR alone, as most servers set it; .NET's own option also shares the port.</summary>
    private static void AllowReuse(Socket socket) => socket.SetRawSocketOption(1, 2, BitConverter.GetBytes(1));

    [Fact]
    public async Task Serve_SeveralPods_EachGetsItsShare()
    {
        await using LabPod a = new(Lab, "a"), b = new(Lab, "b"), c = new(Lab, "c");
        await ServeAsync("a", "b", "c");
        var shares = await Client.CountAsync(Service, 600);
        // Chance alone stays within five standard deviations (11.5) of 200.
        shares.Keys.ShouldBe(["a", "b", "c"], ignoreOrder: true);
        shares.Values.ShouldAllBe(count => count > 142 && count < 258);
    }

    [Fact]
    public async Task Serve_OwnPodAndHeavyPeer_GetByWeight()
    {
        Pod("a");
        Pod("p");
        await OtherAsync();
        await Node.TellAsync("web", On(["a"], ["other"], weight: 3));
        var shares = await Client.CountAsync(Service, 400, atOnce: 4);
        // One of four is 100; the standard deviation is 8.7.
        shares["a"].ShouldBeInRange(56, 144);
        shares["p"].ShouldBe(400 - shares["a"]);
    }

    [Fact]
    public async Task Serve_StormOfConnections_EveryOneIsServed()
    {
        Pod("a");
        Pod("b");
        await ServeAsync("a", "b");
        (await Client.CountAsync(Service, 3000, atOnce: 500)).Values.Sum().ShouldBe(3000);
    }

    [Fact]
    public async Task Serve_ClientOnTheMachineItself_IsServed()
    {
        Pod("a");
        await ServeAsync("a");
        (await new LabClient(Lab, "node").WhoAsync(Service)).ShouldBe("a");
    }

    [Fact]
    public async Task Serve_PodIsTheClient_ReachesEveryPodAndItself()
    {
        Pod("a");
        Pod("b");
        await ServeAsync("a", "b");
        (await new LabClient(Lab, "a").CountAsync(Service, 60, atOnce: 4)).Keys.ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task Serve_NobodyReady_ClientsAreResetAtOnceAndServedOnceSomebodyIs()
    {
        Pod("a");
        await ServeAsync();
        (await Client.RefusalAsync(Service)).ShouldBeOneOf(SocketError.ConnectionRefused, SocketError.ConnectionReset);
        (await new LabClient(Lab, "node").RefusalAsync(Service)).ShouldBeOneOf(SocketError.ConnectionRefused, SocketError.ConnectionReset);
        await ServeAsync("a");
        (await Client.WhoAsync(Service)).ShouldBe("a");
    }

    [Fact]
    public async Task Update_PodLeaves_ItsConnectionsGoOnAndNewOnesGoElsewhere()
    {
        Pod("a");
        Pod("b");
        await ServeAsync("a");
        using var open = await OpenAsync(Service, "a");
        await ServeAsync("b");
        (await Client.CountAsync(Service, 30)).Keys.ShouldBe(["b"]);
        await LabClient.EchoAsync(open);
    }

    [Fact]
    public async Task Drain_ConnectionIsOpen_EndsWithIt()
    {
        Pod("a");
        Pod("b");
        await ServeAsync("a");
        using var open = await OpenAsync(Service, "a");
        await ServeAsync("b");
        var draining = Node.DrainAsync("a", 60);
        using (var other = await OpenAsync(Service, "b"))
            await LabClient.EchoAsync(other);
        await LabClient.EchoAsync(open);
        draining.IsCompleted.ShouldBeFalse();
        open.Shutdown(SocketShutdown.Send);
        (await open.ReceiveAsync(new byte[1])).ShouldBe(0);
        open.Close();
        await draining;
    }

    [Fact]
    public async Task Drain_ConnectionStaysOpen_EndsWithTheLimit()
    {
        Pod("a");
        await ServeAsync("a");
        using var open = await OpenAsync(Service, "a");
        await ServeAsync();
        await Node.DrainAsync("a", 0.5);
        await LabClient.EchoAsync(open);
    }

    [Fact]
    public async Task Drain_NoConnection_EndsAtOnce()
    {
        Pod("a");
        await ServeAsync("a");
        (await Client.WhoAsync(Service)).ShouldBe("a");
        await ServeAsync();
        await Node.DrainAsync("a", 3600);
    }

    [Fact]
    public async Task Update_PortIsTaken_SaysSoAndServesOnceItIsFree()
    {
        Pod("a");
        using (var thief = Lab.NewSocket("node", AddressFamily.InterNetwork, SocketType.Stream))
        {
            AllowReuse(thief);
            thief.Bind(IPEndPoint.Parse(Service));
            thief.Listen();
            await ServeAsync("a");
            Node.Problems[("web", Service)].ShouldContain("cannot be listened on");
            using var client = Lab.NewSocket("client", AddressFamily.InterNetwork, SocketType.Stream);
            await client.ConnectAsync(IPEndPoint.Parse(Service));
            using var accepted = await thief.AcceptAsync().WaitAsync(LabClient.Patience);
        }

        await Eventually.TrueAsync(() => Node.Problems[("web", Service)].Length == 0, "the port can be had");
        await Eventually.TrueAsync(async () => await Client.RefusalAsync(Service) is null, "it is served");
    }

    [Fact]
    public async Task Update_PortIsServed_NobodyElseCanHaveIt()
    {
        Pod("a");
        await ServeAsync("a");
        using var thief = Lab.NewSocket("node", AddressFamily.InterNetwork, SocketType.Stream);
        AllowReuse(thief);
        Should.Throw<SocketException>(() =>
        {
            thief.Bind(IPEndPoint.Parse(Service));
            thief.Listen();
        }).SocketErrorCode.ShouldBe(SocketError.AddressAlreadyInUse);
    }

    [Fact]
    public async Task Update_TwoWorksWantOnePort_TheFirstKeepsItAndTheOtherGetsItAfterwards()
    {
        Pod("a");
        Pod("b");
        await Node.TellAsync("first", On(["a"]));
        await Node.TellAsync("second", On(["b"]));
        Node.Problems[("second", Service)].ShouldContain("is taken by another app");
        (await Client.CountAsync(Service, 20)).Keys.ShouldBe(["a"]);
        await Node.TellAsync("first");
        await Eventually.TrueAsync(() => Node.Problems[("second", Service)].Length == 0, "the other has it");
        await Node.TellAsync("second", On(["b"]));
        (await Client.CountAsync(Service, 20)).Keys.ShouldBe(["b"]);
    }

    [Fact]
    public async Task Update_NothingExposedAnyMore_NewConnectionsAreRefusedAndOpenOnesGoOn()
    {
        Pod("a");
        await ServeAsync("a");
        using var open = await OpenAsync(Service, "a");
        await Node.TellAsync("web");
        (await Client.RefusalAsync(Service)).ShouldBe(SocketError.ConnectionRefused);
        await LabClient.EchoAsync(open);
    }

    [Fact]
    public async Task Update_ThousandEndpoints_AllAreServedAndGoAgain()
    {
        Pod("a");
        await Node.TellAsync([.. Enumerable.Range(0, 1000).Select(number => new HostWork($"w{number}", [On(["a"], port: 30_000 + number)]))]);
        foreach (var number in (int[])[0, 1, 499, 998, 999])
            (await Client.WhoAsync($"{ServiceLab.Node}:{30_000 + number}")).ShouldBe("a");
        await Node.TellAsync([.. Enumerable.Range(0, 999).Select(number => new HostWork($"w{number}", []))]);
        (await Client.RefusalAsync($"{ServiceLab.Node}:30499")).ShouldBe(SocketError.ConnectionRefused);
        (await Client.WhoAsync($"{ServiceLab.Node}:30999")).ShouldBe("a");
    }

    [Fact]
    public async Task Update_StormOfUpdatesUnderLoad_NoConnectionFails()
    {
        Pod("a");
        Pod("b");
        Pod("c");
        await ServeAsync("a", "b", "c");
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<string>();
        var served = 0;
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await Client.AskAsync(Service);
                    Interlocked.Increment(ref served);
                }
                catch (Exception exception)
                {
                    failures.Enqueue(exception.Message);
                }
            }
        })).ToList();
        for (var round = 0; round < 100 || (Volatile.Read(ref served) <= 100 && round < 5_000); round++)
        {
            await Node.OrderAsync(new HostOrder { Works = [new HostWork("web", [On([.. "abc".Where((_, index) => index != round % 3).Select(letter => letter.ToString())])])] });
            await Node.OrderAsync(new HostOrder { Works = [new HostWork($"other{round}", [On(["a"], port: 40_000 + round)])] });
        }

        await Node.TellAsync("web", On(["b"]));
        (await Client.CountAsync(Service, 30)).Keys.ShouldBe(["b"]);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        failures.ShouldBeEmpty();
        served.ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task Serve_IPv6_IsServedByPodsOnIPv6()
    {
        Pod("a", isIPv6: true);
        await Node.TellAsync("web", new HostEndpoint { Listen = $"[fd77::1]:{Port}", Own = new Dictionary<string, string> { ["a"] = $"[{ServiceLab.Address6Of("a")}]:{LabPod.Port}" } });
        (await Client.WhoAsync($"[fd77::1]:{Port}")).ShouldBe("a");
        (await new LabClient(Lab, "node").WhoAsync($"[fd77::1]:{Port}")).ShouldBe("a");
    }

    [Fact]
    public async Task Serve_IPv6Address_LeadsToAPodOnIPv4()
    {
        Pod("a");
        await Node.TellAsync("web", new HostEndpoint { Listen = $"[fd77::1]:{Port}", Own = new Dictionary<string, string> { ["a"] = $"{ServiceLab.AddressOf("a")}:{LabPod.Port}" } });
        (await Client.WhoAsync($"[fd77::1]:{Port}")).ShouldBe("a");
    }
}
