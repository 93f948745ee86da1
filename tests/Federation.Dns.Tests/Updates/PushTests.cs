using System.Net;
using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Support;
using Federation.Dns.Updates;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;
using static Federation.Dns.Tests.Support.Objects;

namespace Federation.Dns.Tests.Updates;

/// <summary>Our names in a zone of a real server of somebody else, beside that one's own.</summary>
public sealed class PushTests
{
    /// <summary>Made by people: one of these is just what we want, one is at a name of ours, and one is an alias where we want an address.</summary>
    private const string Theirs = """
        @ 300 SOA ns1.fed.test. hostmaster.fed.test. 1 300 60 1209600 5
        @ 300 NS ns1.fed.test.
        ns1 300 A 198.51.100.53
        human 300 A 198.51.100.1
        web.shop.svc 5 A 192.0.2.1
        web.shop.svc 300 TXT "do not touch"
        alias.shop.svc 300 CNAME human.fed.test.
        """;

    [Theory]
    [InlineData("BIND")]
    [InlineData("Knot")]
    [InlineData("PowerDNS")]
    public async Task Push_IntoAnotherServer_FollowsOurZoneAndLeavesTheirsAlone(string program)
    {
        var (server, port, log) = await ServeAsync(program, "fed.test", $"$ORIGIN fed.test.\n{Theirs}\n");
        await using var _ = server;
        await FollowsAsync(port, log);
    }

    [Theory]
    [InlineData("BIND")]
    [InlineData("Knot")]
    [InlineData("PowerDNS")]
    public async Task Push_ZoneObject_GoesIntoTheZoneOfItsName(string program)
    {
        const string theirs = """
            $ORIGIN example.net.
            @ 300 SOA ns1.example.net. hostmaster.example.net. 1 300 60 1209600 5
            @ 300 NS ns1.example.net.
            ns1 300 A 198.51.100.53
            www 300 A 198.51.100.1

            """;
        string[] ours =
        [
            "@ 300 MX 10 mail.example.net.",
            "mail 300 A 192.0.2.25",
            "mail 300 AAAA 2001:db8::25",
            "www 300 AAAA 2001:db8::1",
            "*.wild 60 TXT \"any\"",
            "text 60 TXT \"a b\" \"c\"",
            "_sip._tcp 60 SRV 0 5 5060 mail.example.net.",
            "caa 60 CAA 0 issue \"ca.example.net\"",
            "alias 60 CNAME web.shop.svc.fed.test.",
            "child 300 NS ns.child.example.net.",
            "ns.child 300 A 192.0.2.99",
            "odd 60 TYPE65400 \\# 3 0001FF",
        ];
        var (server, port, log) = await ServeAsync(program, "example.net", theirs);
        await using var _ = server;
        await using var pushing = await StartAsync(port, DnsName.Parse("example.net."));
        await pushing.PublishAsync(10, new ZoneChange.Listed([], [], [Zone($"{string.Join('\n', ours)}\n@ NS ns1\nns1 A 192.0.2.53")]));
        await Eventually.TrueAsync(() => Status(pushing) is { IsPushing: true, Serial: 10 }, "all is there", seen: () => $"{Status(pushing)}\n{log()}");
        var there = await RecordsAsync(port, "example.net");
        Absolute(ours).Except(there).ShouldBeEmpty($"{Status(pushing)}\n{string.Join('\n', there)}");
        there.Where(record => record.StartsWith("ns1.", StringComparison.Ordinal)).ShouldBe(["ns1.example.net. 300 A 198.51.100.53"], "whom it is served by is theirs");
        there.ShouldContain("www.example.net. 300 A 198.51.100.1");

        await pushing.PublishAsync(11, new ZoneChange.ZoneChanged(Zone("mail 300 A 192.0.2.26")));
        await Eventually.TrueAsync(() => Status(pushing) is { Serial: 11, Owned: 1 }, "one name is left", seen: () => $"{Status(pushing)}\n{log()}");
        (await RecordsAsync(port, "example.net")).Where(record => record.StartsWith("mail.", StringComparison.Ordinal)).ShouldBe(["mail.example.net. 300 A 192.0.2.26"]);

        await pushing.PublishAsync(12, new ZoneChange.ZoneRemoved("example.net"));
        await Eventually.TrueAsync(() => Status(pushing) is { Serial: 12, Owned: 0 }, "nothing of ours is left", seen: () => $"{Status(pushing)}\n{log()}");
        there = await RecordsAsync(port, "example.net");
        there.Where(record => !record.Contains(" SOA ", StringComparison.Ordinal) && !record.StartsWith("_federation-progress.", StringComparison.Ordinal))
            .ShouldBe(["example.net. 300 NS ns1.example.net.", "ns1.example.net. 300 A 198.51.100.53", "www.example.net. 300 A 198.51.100.1"], ignoreOrder: true);

        static Zone Zone(string records) => (Zone)Api.Kinds.Zone.Default(new Zone { Metadata = new ObjectMeta { Name = "example.net" }, Spec = new ZoneSpec { Records = records, Ttl = 300 } });

        static IEnumerable<string> Absolute(IEnumerable<string> records) =>
            records.Select(record => record.Split(' ', 2)).Select(fields => $"{(fields[0] == "@" ? "" : $"{fields[0]}.")}example.net. {fields[1]}");
    }

    [Fact]
    public async Task Push_TwoProcesses_OneDoesAndTheOtherGoesOnWhenItEnds()
    {
        await using var knot = await KnotServer.ServeToUpdatesAsync("test", $"$ORIGIN test.\n{Theirs}\n");
        var parent = DnsName.Parse("test.");
        await using var first = await StartAsync(knot.Port, parent);
        await using var second = await StartAsync(knot.Port, parent);
        foreach (var server in (LiveServer[])[first, second])
            await server.PublishAsync(10, Listed());
        await Eventually.TrueAsync(() => Status(first).IsPushing != Status(second).IsPushing && Status(first).Serial == 10 && Status(second).Serial == 10, "one pushes, and both know how far it is", seen: () => knot.Log);

        foreach (var server in (LiveServer[])[first, second])
            await server.PublishAsync(11, new ZoneChange.AppChanged(App("api", "us-east-1=1")));
        await HasAsync(knot.Port, "api.shop.svc.fed.test", "192.0.2.1");
        await Eventually.TrueAsync(() => Status(first).IsPushing != Status(second).IsPushing && Status(first).Serial == 11 && Status(second).Serial == 11, "one pushes still", seen: () => knot.Log);

        var (pushing, waiting) = Status(first).IsPushing ? (first, second) : (second, first);
        await pushing.DisposeAsync();
        await waiting.PublishAsync(12, new ZoneChange.AppRemoved(Objects.Key("api")));
        await HasAsync(knot.Port, "api.shop.svc.fed.test");
        await Eventually.TrueAsync(() => Status(waiting).IsPushing, "the other one pushes");
    }

    private static async Task FollowsAsync(int port, Func<string> log)
    {
        await using var ours = await StartAsync(port, null);
        await ours.PublishAsync(10, Listed());
        await Eventually.TrueAsync(() => Status(ours) is { IsPushing: true, Serial: 10 }, "all is there", seen: () => $"{Status(ours)}\n{log()}");
        var expected = ours.Contents().Where(record => !record.StartsWith("fed.test.", StringComparison.Ordinal) && !record.StartsWith("ns.", StringComparison.Ordinal)).ToList();
        var there = await RecordsAsync(port);
        expected.Where(record => !record.StartsWith("alias.shop.svc.fed.test.", StringComparison.Ordinal)).Except(there).ShouldBeEmpty();
        Human(there).ShouldBeEmpty();
        Status(ours).Problems.ShouldBe(1); // the alias

        await ours.PublishAsync(11, new ZoneChange.AppChanged(App("web", "us-east-1=1 eu-west-1=0")), new ZoneChange.ClusterChanged(Cluster("us-east-1", "192.0.2.7")));
        await HasAsync(port, "web.shop.svc.fed.test", "192.0.2.1", "192.0.2.7"); // .1 is theirs as well

        // Many names are more than one update has room for.
        await ours.PublishAsync(12, [.. Enumerable.Range(0, 400).Select(i => new ZoneChange.AppChanged(App($"app-{i}", "us-east-1=1")))]);
        await HasAsync(port, "app-399.shop.svc.fed.test", "192.0.2.7");

        await ours.PublishAsync(13, new ZoneChange.Listed([], []));
        await Eventually.TrueAsync(() => Status(ours) is { Serial: 13, Owned: 0 }, "all of ours is gone", seen: () => $"{Status(ours)}\n{log()}");
        there = await RecordsAsync(port);
        Human(there).ShouldBeEmpty();
        there.Count(record => !record.Contains(" SOA ")).ShouldBe(Theirs.Split('\n').Length - 1 + 1, string.Join('\n', there)); // and the progress
    }

    /// <summary>Records of people that are not there any more.</summary>
    private static IEnumerable<string> Human(List<string> there) => Theirs.Split('\n')[1..]
        .Select(line => line.Split(' ', 4))
        .Select(fields => $"{(fields[0] == "@" ? "fed.test." : $"{fields[0]}.fed.test.")} {fields[1]} {fields[2]} {fields[3]}")
        .Except(there);

    private static ZoneChange.Listed Listed() => new(
        [App("web", "us-east-1=1 eu-west-1=1"), App("alias", "us-east-1=1")],
        [Cluster("us-east-1", "192.0.2.1"), Cluster("eu-west-1", "192.0.2.2")]);

    private static async Task<LiveServer> StartAsync(int port, DnsName? zone)
    {
        var server = new LiveServer(options => options.Updates.Add(new UpdateTarget(new IPEndPoint(IPAddress.Loopback, port), DnsName.Parse("transfer."), zone)));
        await server.StartAsync();
        return server;
    }

    private static UpdateStatus.State Status(LiveServer server) => server.Get<UpdateStatus>().Current;

    private static Task<string> HasAsync(int port, string name, params string[] addresses) => Eventually.ReadAsync(
        async () => (await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{port}", "+short", name, "A"])).Output,
        printed => printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).SequenceEqual(addresses),
        $"{name} has {string.Join(", ", addresses)}");

    private static async Task<List<string>> RecordsAsync(int port, string zone = "fed.test")
    {
        var result = await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{port}", zone, "AXFR", "+noall", "+answer", "-y", $"hmac-sha256:transfer:{LiveServer.Secret}"]);
        return [.. DigText.Records(result.Output).Distinct()];
    }

    private static async Task<(IAsyncDisposable Server, int Port, Func<string> Log)> ServeAsync(string program, string zone, string text)
    {
        switch (program)
        {
            case "BIND":
                var bind = await BindServer.ServeToUpdatesAsync(zone, text);
                return (bind, bind.Port, () => bind.Log);
            case "Knot":
                var knot = await KnotServer.ServeToUpdatesAsync(zone, text);
                return (knot, knot.Port, () => knot.Log);
            default:
                var power = await PowerDnsServer.ServeToUpdatesAsync(zone, text);
                return (power, power.Port, () => power.Log);
        }
    }
}
