using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Federation.Dns.Hosting;
using Federation.Dns.Tests.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Zones;
using Federation.TestKit.Network;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Federation.Dns.Tests.Listening;

public sealed class NameServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Start_PortInUse_IsAPlainSentenceAndLeavesNothingOpen()
    {
        await using var first = await new RunningServer(AnswerCases.Zone).StartAsync();
        await using var second = new RunningServer(AnswerCases.Zone, options => options.Endpoints[0] = first.Endpoint);
        var error = await Should.ThrowAsync<NameServerStartException>(() => second.Server.StartAsync(CancellationToken.None));
        error.Message.ShouldBe($"Port {first.Endpoint.Port} on 127.0.0.1 (TCP) is already in use; stop what uses it or choose another port for DNS.");
        second.Server.Endpoints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_UdpPortAloneInUse_IsNoticedToo()
    {
        // Another server that shares its port among workers of its own would share it with ours.
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SO_REUSEPORT
        var port = Ports.Free();
        other.Bind(new IPEndPoint(IPAddress.Loopback, port));
        await using var server = new RunningServer(AnswerCases.Zone, options => options.Endpoints[0] = new IPEndPoint(IPAddress.Loopback, port));
        var error = await Should.ThrowAsync<NameServerStartException>(() => server.Server.StartAsync(CancellationToken.None));
        error.Message.ShouldContain($"Port {port} on 127.0.0.1 (UDP) is already in use");
    }

    [Fact]
    public async Task Start_MulticastDnsResponderOnThePort_IsNoObstacle()
    {
        using var responder = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        responder.SetRawSocketOption(1, 2, BitConverter.GetBytes(1)); // SO_REUSEADDR, as those responders set it
        var port = Ports.Free(IPAddress.Any);
        responder.Bind(new IPEndPoint(IPAddress.Any, port));
        await using var server = await new RunningServer(AnswerCases.Zone, options => options.Endpoints[0] = new IPEndPoint(IPAddress.Loopback, port)).StartAsync();
        (await server.DigAsync("+short", "web.shop.svc.fed.test")).Trim().ShouldBe("192.0.2.1");
    }

    [Fact]
    public async Task Start_WrongOption_SaysWhich()
    {
        await using var server = new RunningServer(AnswerCases.Zone, options => options.MaxUdpSize = 100);
        var error = await Should.ThrowAsync<NameServerStartException>(() => server.Server.StartAsync(CancellationToken.None));
        error.Message.ShouldBe("The largest UDP response is between 512 and 4096 bytes, not 100.");
    }

    [Fact]
    public async Task Stop_Running_EndsAndFreesThePort()
    {
        var server = await new RunningServer(AnswerCases.Zone).StartAsync();
        using var idle = await ConnectAsync(server);
        var endpoint = server.Endpoint;
        await server.Server.StopAsync(CancellationToken.None).WaitAsync(Patience);
        await using var next = await new RunningServer(AnswerCases.Zone, options => options.Endpoints[0] = endpoint).StartAsync();
        (await next.DigAsync("+short", "web.shop.svc.fed.test")).Trim().ShouldBe("192.0.2.1");
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Tcp_QueriesInOnePacketAndInPieces_AreAnsweredInOrder()
    {
        await using var server = await new RunningServer(AnswerCases.Zone).StartAsync();
        using var client = await ConnectAsync(server);
        byte[] all = [.. Enumerable.Range(1, 500).SelectMany(id => Framed(TestMessage.Query("web.shop.svc.fed.test", "A", id: (ushort)id)))];
        await client.SendAsync(all.AsMemory(0, 7));
        await client.SendAsync(all.AsMemory(7));
        for (var id = 1; id <= 500; id++)
            (await ReceiveAsync(client)).ShouldNotBeNull().Id.ShouldBe((ushort)id);
    }

    [Fact]
    public async Task Tcp_LargeAnswersInARow_AreAllWhole()
    {
        await using var server = await new RunningServer(string.Join('\n', Enumerable.Range(0, 3_000).Select(i => $"many 5 A 10.0.{i / 250}.{i % 250}"))).StartAsync();
        using var client = await ConnectAsync(server);
        await client.SendAsync(Enumerable.Repeat(Framed(TestMessage.Query("many.fed.test", "A")), 20).SelectMany(query => query).ToArray());
        for (var i = 0; i < 20; i++)
            (await ReceiveAsync(client)).ShouldNotBeNull().Answers.Count.ShouldBe(3_000);
    }

    [Theory]
    [InlineData(new byte[] { })] // silence
    [InlineData(new byte[] { 0, 40, 1, 2, 3 })] // a query that never ends
    public async Task Tcp_NoWholeQueryInTime_IsClosed(byte[] sent)
    {
        await using var server = await new RunningServer(AnswerCases.Zone, options => options.TcpIdleTimeout = TimeSpan.FromMilliseconds(200)).StartAsync();
        using var client = await ConnectAsync(server);
        await client.SendAsync(sent);
        (await ReceiveAsync(client)).ShouldBeNull();
    }

    [Fact]
    public async Task Tcp_BytesThatTrickleIn_EarnNoTime()
    {
        await using var server = await new RunningServer(AnswerCases.Zone, options => options.TcpIdleTimeout = TimeSpan.FromSeconds(2)).StartAsync();
        using var client = await ConnectAsync(server);
        await client.SendAsync(new byte[] { 15, 0 });
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await client.SendAsync(new byte[] { 0 });
                    return client.Poll(0, SelectMode.SelectRead) && client.Available == 0;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            "closed although bytes kept coming",
            Patience);
    }

    [Theory]
    [InlineData(new byte[] { 0x10, 0x01 })] // one byte more than the limit of 4096
    [InlineData(new byte[] { 0, 12, 1, 2, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // a response
    [InlineData(new byte[] { 0, 0 })] // nothing
    public async Task Tcp_WhatIsNoQuery_ClosesTheConnection(byte[] sent)
    {
        await using var server = await new RunningServer(AnswerCases.Zone, options => options.TcpIdleTimeout = TimeSpan.FromMinutes(5)).StartAsync();
        using var client = await ConnectAsync(server);
        await client.SendAsync(sent);
        (await ReceiveAsync(client)).ShouldBeNull();
    }

    [Fact]
    public async Task Tcp_OneConnectionTooMany_ClosesTheLongestIdle()
    {
        await using var server = await new RunningServer(AnswerCases.Zone, options => options.MaxTcpConnections = 2).StartAsync();
        using var first = await ConnectAsync(server);
        await AskAsync(first);
        using var second = await ConnectAsync(server);
        await AskAsync(second);
        await AskAsync(first);
        using var third = await ConnectAsync(server);
        await AskAsync(third);
        (await ReceiveAsync(second)).ShouldBeNull();
        await AskAsync(first);
    }

    [Fact]
    public async Task Udp_GarbageFirst_DoesNotDisturbTheNext()
    {
        await using var server = await new RunningServer(AnswerCases.Zone).StartAsync();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(server.Endpoint);
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            var noise = new byte[random.Next(0, 9_000)];
            random.NextBytes(noise);
            if (noise.Length > 2)
                noise[2] |= 0x80; // dropped, so that nothing is in the way of the answer below
            await client.SendAsync(noise);
        }

        await client.SendAsync(TestMessage.Query("web.shop.svc.fed.test", "A"));
        var buffer = new byte[512];
        using var deadline = new CancellationTokenSource(Patience);
        var length = await client.ReceiveAsync(buffer, deadline.Token);
        TestMessage.Read(buffer.AsSpan(0, length)).Addresses.ShouldBe(["192.0.2.1"]);
    }

    [Fact]
    public async Task AddNameServer_HostWithASource_ServesItAndCountsQueries()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IZoneSource, OneListing>();
        builder.Services.AddNameServer(options => options.Endpoints[0] = Ports.FreeEndpoint());
        using var host = builder.Build();
        var counted = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == NameServerMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, host.Services.GetRequiredService<IMeterFactory>()))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            counted[$"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}".Trim()] = value);
        await host.StartAsync();
        listener.Start();

        var server = host.Services.GetRequiredService<NameServer>();
        await Eventually.TrueAsync(() => server.Zone.Current is not null, "zone loaded");
        var probe = new TestKit.Dns.DnsProbe(server.Endpoints[0]);
        await Eventually.TrueAsync(async () => await probe.AddressesAsync("web.shop.svc.fed.test") is ["192.0.2.1"], "the app is answered");
        await Eventually.TrueAsync(async () => await probe.AddressesAsync("ns.fed.test") is ["127.0.0.1"], "the server is answered");
        server.Explain("web.shop.svc.fed.test").Records[0].Data.ShouldBe("192.0.2.1");

        listener.RecordObservableInstruments();
        counted["dns.queries udp NOERROR A"].ShouldBeGreaterThanOrEqualTo(2, "one that was answered too late counts as well");
        counted["dns.zone.serial fed.test."].ShouldBe(3);
        await host.StopAsync();
    }

    private static async Task<Socket> ConnectAsync(RunningServer server)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(server.Endpoint);
        return client;
    }

    private static async Task AskAsync(Socket client)
    {
        await client.SendAsync(Framed(TestMessage.Query("web.shop.svc.fed.test", "A")));
        (await ReceiveAsync(client)).ShouldNotBeNull().Status.ShouldBe("NOERROR");
    }

    private static byte[] Framed(byte[] query) => [(byte)(query.Length >> 8), (byte)query.Length, .. query];

    /// <summary>The next response; null when the server has closed the connection.</summary>
    private static async Task<Response?> ReceiveAsync(Socket client)
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            var length = new byte[2];
            if (!await FillAsync(client, length, deadline.Token))
                return null;
            var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            return await FillAsync(client, message, deadline.Token) ? TestMessage.Read(message) : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static async Task<bool> FillAsync(Socket client, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var read = await client.ReceiveAsync(buffer, cancellationToken);
            if (read == 0)
                return false;
            buffer = buffer[read..];
        }

        return true;
    }

    private sealed class OneListing : IZoneSource
    {
        public async IAsyncEnumerable<ZoneBatch> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new ZoneBatch([new ZoneChange.Listed([Objects.App("web", "us-east-1=1")], [Objects.Cluster("us-east-1", "192.0.2.1")], [])], 3);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }
}
