using System.Net;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Support;
using Federation.Dns.Transfers;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Network;
using Federation.TestKit.Waiting;
using static Federation.Dns.Tests.Support.Objects;

namespace Federation.Dns.Tests.Transfers;

/// <summary>A real Knot DNS as our secondary.</summary>
public sealed class KnotSecondaryTests
{
    [Fact]
    public async Task Follow_ZoneChanges_KnotIsToldAndKeepsUpByWhatChanged()
    {
        var port = Ports.Free();
        await using var ours = new LiveServer(options =>
        {
            options.Transfers.Allowed.Add(new TransferPeer(IPNetwork.Parse("127.0.0.0/8"), DnsName.Parse("transfer")));
            options.Transfers.Notified.Add(new NotifyTarget(new IPEndPoint(IPAddress.Loopback, port), DnsName.Parse("transfer")));
        });
        await ours.StartAsync();
        await ours.PublishAsync(10, new ZoneChange.Listed([App("web", "us-east-1=1 eu-west-1=1")], [Cluster("us-east-1", "192.0.2.1"), Cluster("eu-west-1", "192.0.2.2")]));
        await using var knot = await KnotServer.StartAsync(
            $"""
            key:
              - id: transfer.
                algorithm: hmac-sha256
                secret: {LiveServer.Secret}
            remote:
              - id: ours
                address: 127.0.0.1@{ours.Endpoint.Port}
                key: transfer.
            acl:
              - id: told
                address: 127.0.0.1
                key: transfer.
                action: [notify]
              - id: asked
                address: 127.0.0.1
                action: [transfer]
            zone:
              - domain: fed.test.
                master: ours
                acl: [told, asked]
                file: DIRECTORY/fed.test.zone
            """,
            "fed.test",
            port);
        await InSyncAsync(knot, ours);

        for (var revision = 11; revision < 20; revision++)
            await ours.PublishAsync(revision, new ZoneChange.AppChanged(App("web", $"us-east-1=1 eu-west-1={revision % 2}")), new ZoneChange.AppChanged(App($"app-{revision}", "us-east-1=1")));
        await InSyncAsync(knot, ours);
        await ours.PublishAsync(20, new ZoneChange.AppRemoved(Objects.Key("app-11")));
        await InSyncAsync(knot, ours);

        // Not by looking now and then, which would take minutes, and not by fetching all each time.
        knot.Log.ShouldContain("notify, incoming");
        knot.Log.ShouldContain("IXFR, incoming");
        knot.Log.ShouldNotContain("malformed");
        knot.Log.ShouldNotContain("fallback to AXFR");
        knot.Log.Split('\n').Count(line => line.Contains("AXFR, incoming", StringComparison.Ordinal) && line.Contains("finished", StringComparison.Ordinal)).ShouldBe(1, knot.Log);
    }

    private static async Task InSyncAsync(KnotServer knot, LiveServer ours)
    {
        await Eventually.TrueAsync(
            () => knot.TryAsk(TestMessage.Query("fed.test", "SOA")) is { Status: "NOERROR" } answer && answer.Answers[0].Contains($" {ours.Serial} ", StringComparison.Ordinal),
            "Knot has our serial",
            seen: () => knot.Log);
        var result = await TestKit.Processes.Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{knot.Port}", "fed.test", "AXFR", "+noall", "+answer"]);
        DigText.Records(result.Output).Distinct().Order(StringComparer.Ordinal).ShouldBe(ours.Contents());
    }
}
