using System.Net;
using System.Net.Sockets;
using Federation.Dns.Signing;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Signing;
using Federation.Dns.Tests.Support;
using Federation.Dns.Transfers;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Network;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;
using static Federation.Dns.Tests.Support.Objects;

namespace Federation.Dns.Tests.Transfers;

/// <summary>Zones that are signed on line, and those who want copies of them.</summary>
public sealed class SignedTransferTests : IDisposable
{
    private const int ExtendedError = 15;
    private const string Key = "hmac-sha256:transfer:" + LiveServer.Secret;
    private const string LongKey = "hmac-sha512:long.keys:" + LiveServer.LongSecret;

    private static readonly string Keymgr = File.Exists("/usr/sbin/keymgr") ? "/usr/sbin/keymgr" : "keymgr";

    private readonly string _directory = Directory.CreateTempSubdirectory("keys").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("AXFR")]
    [InlineData("IXFR=9")]
    public async Task Transfer_SignedZone_IsForWhoSignsItAlone(string type)
    {
        KeyDirectory.Write(_directory, TestKeys.Make("fed.test"));
        await using var server = await StartAsync();
        (await server.DigAsync("fed.test", type, "-y", Key)).ShouldContain("Transfer failed");
        var records = DigText.Records(await server.DigAsync("fed.test", type, "-y", LongKey));
        records.Distinct().Order(StringComparer.Ordinal).ShouldBe(server.Contents());
    }

    [Fact]
    public async Task Transfer_SignedZoneAskedForWithEdns_IsRefusedWithTheReason()
    {
        KeyDirectory.Write(_directory, TestKeys.Make("fed.test"));
        await using var server = await StartAsync();
        var response = await AskAsync(server, TestMessage.Query("fed.test", "AXFR", edns: (1232, 0, false)));
        (response.Status, response.IsAuthoritative).ShouldBe(("REFUSED", false));
        var error = Convert.FromHexString(response.Options[ExtendedError]);
        error[1].ShouldBe((byte)21, "not supported");
        System.Text.Encoding.ASCII.GetString(error, 2, error.Length - 2).ShouldContain("signed on line");
        (await AskAsync(server, TestMessage.Query("fed.test", "AXFR"))).Opt.ShouldBeNull();
    }

    [Fact]
    public async Task Transfer_KeyIsOnlyPublished_TheZoneIsNotSignedYet()
    {
        var now = TimeProvider.System.GetUtcNow();
        KeyDirectory.Write(_directory, TestKeys.Make("fed.test", new KeyTimes { Created = now, Publish = now, Activate = now.AddDays(9) }));
        await using var server = await StartAsync();
        server.Get<SigningState>().Current.ShouldNotBeNull();
        DigText.Records(await server.DigAsync("fed.test", "AXFR", "-y", Key)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Follow_KnotSignsItsCopyWithTheSameKey_BothValidateAndItKeepsUp()
    {
        var key = TestKeys.Make("fed.test");
        KeyDirectory.Write(_directory, key);
        var anchors = Path.Combine(_directory, "anchors");
        await File.WriteAllTextAsync(anchors, TestKeys.Anchor(key));
        var port = Ports.Free();
        await using var ours = await StartAsync(new NotifyTarget(new IPEndPoint(IPAddress.Loopback, port), DnsName.Parse("long.keys")));
        await using var knot = await KnotServer.StartAsync(
            $"""
            key:
              - id: long.keys.
                algorithm: hmac-sha512
                secret: {LiveServer.LongSecret}
            remote:
              - id: ours
                address: 127.0.0.1@{ours.Endpoint.Port}
                key: long.keys.
            acl:
              - id: told
                key: long.keys.
                action: notify
            policy:
              - id: same
                manual: on
                single-type-signing: on
                algorithm: ecdsap256sha256
                dnskey-ttl: 3600
            zone:
              - domain: fed.test.
                master: ours
                acl: told
                dnssec-signing: on
                dnssec-policy: same
                file: DIRECTORY/fed.test.zone
            """,
            "fed.test",
            port,
            async configuration =>
            {
                await TestKeys.RunAsync(Keymgr, "-c", configuration, "fed.test.", "import-bind", Path.Combine(_directory, KeyFile.NameOf(key) + KeyFile.PublicEnding));
                await TestKeys.RunAsync(Keymgr, "-c", configuration, "fed.test.", "set", $"{key.Tag}", "zsk=yes");
            });

        await ours.PublishAsync(11, new ZoneChange.AppChanged(App("late", "us-east-1=1")));
        await Eventually.TrueAsync(() => knot.TryAsk(TestMessage.Query("late.shop.svc.fed.test", "A")) is { Addresses: ["192.0.2.1"] }, "Knot has what changed", seen: () => knot.Log);
        knot.Log.ShouldContain("IXFR, incoming");
        foreach (var server in (int[])[ours.Endpoint.Port, port])
        {
            (await DelvAsync(server, "late.shop.svc.fed.test", "A")).ShouldContain("; fully validated");
            (await DelvAsync(server, "fed.test", "DNSKEY")).ShouldContain("; fully validated");
            (await DelvAsync(server, "nope.shop.svc.fed.test", "A")).ShouldContain("; negative response, fully validated");
        }

        async Task<string> DelvAsync(int server, string name, string type)
        {
            var result = await Command.RunAsync("delv", ["@127.0.0.1", "-p", $"{server}", "-a", anchors, "+root=fed.test", name, type]);
            return $"{result.Output}{result.Error}\n{knot.Log}";
        }
    }

    private async Task<LiveServer> StartAsync(NotifyTarget? told = null)
    {
        var server = new LiveServer(options =>
        {
            options.KeysDirectory = _directory;
            options.Transfers.Allowed.Add(new TransferPeer(null, DnsName.Parse("transfer")));
            options.Transfers.Allowed.Add(new TransferPeer(IPNetwork.Parse("127.0.0.2/32"), null));
            options.Transfers.AllowedUnsigned.Add(new TransferPeer(null, DnsName.Parse("long.keys")));
            if (told is not null)
                options.Transfers.Notified.Add(told);
        });
        await server.StartAsync();
        await server.PublishAsync(10, new ZoneChange.Listed([App("web", "us-east-1=1")], [Cluster("us-east-1", "192.0.2.1")]));
        return server;
    }

    private static async Task<Response> AskAsync(LiveServer server, byte[] query)
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await tcp.ConnectAsync(server.Endpoint);
        await tcp.SendAsync((byte[])[0, (byte)query.Length, .. query]);
        await using var stream = new NetworkStream(tcp);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length);
        var response = new byte[(length[0] << 8) | length[1]];
        await stream.ReadExactlyAsync(response);
        return TestMessage.Read(response);
    }
}
