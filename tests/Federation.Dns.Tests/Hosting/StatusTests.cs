using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Federation.Dns.Answering.Counting;
using Federation.Dns.Hosting;
using Federation.Dns.Hosting.Status;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Network;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Tests.Hosting;

/// <summary>What a name server says about itself, above all while it is cut off.</summary>
public sealed class StatusTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 6, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task CutOff_ForHours_AnswersOnAndSaysHowStaleAndSinceWhen()
    {
        var clock = new ManualTimeProvider(Noon);
        var source = new Feed();
        using var host = Host(source, clock);
        await host.StartAsync();
        var server = host.Services.GetRequiredService<NameServer>();
        source.Send(3);
        await Eventually.TrueAsync(() => server.Zone.Current is not null, "zone loaded");
        var connected = (await server.AskStatusAsync(CancellationToken.None)).Servers.Single();
        (connected.Problem, connected.Server, connected.Serial, connected.Revision, connected.IsConnected, connected.StaleSeconds, connected.CutOffSince).ShouldBe((null, "ns-7", 3u, 3L, true, 0, null));
        (await server.AskStatusAsync(CancellationToken.None)).Zones.Single().Zone.ShouldBe("fed.test.");

        source.Break();
        await Eventually.TrueAsync(() => server.Zone.CutOffSince is not null, "cut off");
        clock.Advance(TimeSpan.FromHours(6));
        var asker = new Asker(server.Zone);
        asker.Ask("web.shop.svc.fed.test", "A").Addresses.ShouldBe(["192.0.2.1"]);
        var status = asker.Ask("_status.fed.test", "TXT");
        status.Answers.Single().ShouldStartWith("_status.fed.test. 0 TXT ");
        status.Answers.Single().ShouldContain("\"feed=cut-off\" \"stale-seconds=21600\" \"cut-off-since=2026-05-06T12:00:00Z\"");
        var cutOff = (await server.AskStatusAsync(CancellationToken.None)).Servers.Single();
        (cutOff.Problem, cutOff.Serial, cutOff.IsConnected, cutOff.StaleSeconds, cutOff.CutOffSince).ShouldBe((null, 3u, false, 21600, Noon));

        // Back again: its word follows.
        source.Send(4);
        await Eventually.TrueAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(2));
                return server.Zone.Current!.Main.Revision == 4;
            },
            "caught up");
        asker.Ask("_status.fed.test", "TXT").Answers.Single().ShouldContain("\"revision=4\" \"feed=connected\" \"stale-seconds=0\"");
        await host.StopAsync();
    }

    [Fact]
    public async Task AskStatus_SeveralServers_EachAnswersForItselfAndSilenceIsTold()
    {
        var source = new Feed();
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var other = Host(source, TimeProvider.System);
        await other.StartAsync();
        var otherServer = other.Services.GetRequiredService<NameServer>();
        var waiting = otherServer.Endpoints[0];
        using var host = Host(new Feed(), TimeProvider.System, options =>
        {
            options.Servers.Add(waiting);
            options.Servers.Add((IPEndPoint)silent.LocalEndPoint!);
        });
        await host.StartAsync();
        var server = host.Services.GetRequiredService<NameServer>();

        var first = await server.AskStatusAsync(CancellationToken.None);
        first.Servers.Select(one => one.Problem).ShouldBe(["It has no version of the zone yet.", "It did not answer within 1 s."]);
        source.Send(9);
        await Eventually.TrueAsync(() => otherServer.Zone.Current is not null, "zone loaded");
        (await server.AskStatusAsync(CancellationToken.None)).Servers[0].Revision.ShouldBe(9);
        await host.StopAsync();
        await other.StopAsync();
    }

    [Fact]
    public void Status_OfAZoneObject_StandsBehindTheServersOwn()
    {
        var state = new ZoneState(DnsName.Parse(ZoneText.Apex), TimeProvider.System);
        var zone = new Api.Zones.Zone { Metadata = new Api.Meta.ObjectMeta { Name = "fed.test" }, Spec = new Api.Zones.ZoneSpec { Records = "_status 60 TXT forged\n_status 60 A 192.0.2.7" } };
        var builder = new ZoneBuilder(ZoneText.Options, null, new Dns.Hosting.Status.StatusAnswer(state, "a"));
        state.Publish(builder.Apply(new ZoneBatch([new ZoneChange.Listed([], [], [zone])], 2)));
        var asker = new Asker(state);
        asker.Ask("_status.fed.test", "TXT").Answers.ShouldBe(["_status.fed.test. 0 TXT \"server=a\" \"serial=2\" \"revision=2\" \"feed=connected\" \"stale-seconds=0\""]);
        asker.Ask("_status.fed.test", "A").Addresses.ShouldBe(["192.0.2.7"]);
    }

    [Fact]
    public void Zones_EachIsCounted_AndObjectsThatAreNotServedSayWhy()
    {
        Api.Zones.Zone Zone(string name, int second, string records) => new()
        {
            Metadata = new Api.Meta.ObjectMeta { Name = name, CreationTimestamp = Noon.AddSeconds(second) },
            Spec = new Api.Zones.ZoneSpec { Zone = "example.org", Records = records },
        };
        var builder = new ZoneBuilder(ZoneText.Options);
        var served = builder.Apply(new ZoneBatch([new ZoneChange.Listed([], [], [Zone("later", 2, "www A 192.0.2.1"), Zone("first", 1, "www A 192.0.2.2\nwww A 192.0.2.3\na.b TXT x")])], 5));
        var zones = ZoneStatus.Of(served, null, Noon);
        zones.Select(zone => $"{zone.Zone} {zone.Object} {zone.Serial} {zone.Names} {zone.Records} {zone.IsSigned} {zone.Problem}".Trim()).ShouldBe(
        [
            "fed.test.  5 2 4 False",
            "example.org. first 5 4 5 False",
            "example.org. later 0 0 0 False Zone first has the same zone and is older.",
        ]);
        served = builder.Apply(new ZoneBatch([new ZoneChange.ZoneRemoved("first")], 6));
        ZoneStatus.Of(served, null, Noon)[1].Object.ShouldBe("later");
        served.UnservedObjects.ShouldBeEmpty();
    }

    [Fact]
    public async Task Metrics_TellAnswersByZonePolicyCodeAndRegion()
    {
        var source = new Feed();
        using var host = Host(source, TimeProvider.System);
        var counted = new ConcurrentDictionary<string, long>();
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
        source.Send(3);
        var server = host.Services.GetRequiredService<NameServer>();
        await Eventually.TrueAsync(() => server.Zone.Current is not null, "zone loaded");
        var probe = new TestKit.Dns.DnsProbe(server.Endpoints[0]);
        foreach (var name in (string[])["web.shop.svc.fed.test", "web.shop.svc.fed.test", "web.shop.svc.us.fed.test", "none.fed.test", "web.elsewhere.test"])
            await probe.AddressesAsync(name);
        listener.RecordObservableInstruments();
        counted["dns.answers fed.test. RoundRobin NOERROR none"].ShouldBe(2);
        counted["dns.answers fed.test. RoundRobin NOERROR us"].ShouldBe(1);
        counted["dns.answers fed.test. none NXDOMAIN none"].ShouldBe(1);
        counted["dns.answers none none REFUSED none"].ShouldBe(1);
        counted["dns.name.queries web.shop.svc.fed.test."].ShouldBe(2);
        await host.StopAsync();
    }

    [Fact]
    public void NameCounters_MoreNamesThanRoom_KeepsTheFrequentOnesAndNeverSaysTooMuch()
    {
        var counters = new NameCounters();
        var often = DnsName.Parse("often.test.");
        for (var i = 0; i < 20_000; i++)
        {
            counters.Count(DnsName.Parse($"n{i}.test."));
            if (i % 10 == 0)
                counters.Count(often);
        }

        var names = counters.Read();
        names.Count.ShouldBeLessThanOrEqualTo(1024);
        names.Single(name => name.Name.Equals(often)).Count.ShouldBeInRange(1900, 2000);
        names.Where(name => !name.Name.Equals(often)).ShouldAllBe(name => name.Count <= 1);
    }

    [Fact]
    public void QueryLog_ManyQueries_WritesSoManyASecondAndTellsOfHowMany()
    {
        var clock = new ManualTimeProvider(Noon);
        var lines = new Lines();
        var asker = new Asker(ZoneText.Load("web.shop.svc 5 A 192.0.2.1"), log: new QueryLog(2, clock, lines)) { Client = IPAddress.Parse("198.51.100.9") };
        for (var second = 0; second < 3; second++)
        {
            for (var i = 0; i < 100; i++)
            {
                asker.Ask("Web.shop.svc.fed.test", "A");
                clock.Advance(TimeSpan.FromMilliseconds(10));
            }
        }

        lines.Written.Count.ShouldBe(6);
        lines.Written[1].ShouldBe("One of 50 queries: Udp from 198.51.100.0/24 for web.shop.svc.fed.test. A: NOERROR, answered as web.shop.svc.fed.test., policy none");
    }

    private static IHost Host(IZoneSource source, TimeProvider time, Action<NameServerOptions>? configure = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(source);
        builder.Services.AddSingleton(time);
        builder.Services.AddNameServer(options =>
        {
            options.Endpoints[0] = Ports.FreeEndpoint();
            options.ServerId = "ns-7";
            options.UdpWorkers = 1;
            configure?.Invoke(options);
        });
        return builder.Build();
    }

    private sealed class Feed : IZoneSource
    {
        private readonly Channel<long> _batches = Channel.CreateUnbounded<long>();

        public void Send(long revision) => _batches.Writer.TryWrite(revision);

        public void Break() => _batches.Writer.TryWrite(0);

        public async IAsyncEnumerable<ZoneBatch> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var revision in _batches.Reader.ReadAllAsync(cancellationToken))
            {
                yield return revision == 0
                    ? throw new IOException("cut off")
                    : new ZoneBatch([new ZoneChange.Listed([Objects.App("web", "us-1=1")], [Objects.Cluster("us-1", "192.0.2.1")], [])], revision);
            }
        }
    }

    private sealed class Lines : ILogger
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add(formatter(state, exception));
    }
}
