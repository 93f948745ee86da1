using System.Net;
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

    private static readonly string Keymgr = File.Exists("/usr/sbin/keymgr") ? "/usr/sbin/keymgr" : "keymgr";

    private const string BindKeyState = """
        ; This is the state of the key.
        Algorithm: 13
        Length: 256
        KSK: yes
        ZSK: yes
        Generated: 20260101000000 (Thu Jan  1 00:00:00 2026)
        Published: 20260101000000 (Thu Jan  1 00:00:00 2026)
        Active: 20260101000000 (Thu Jan  1 00:00:00 2026)
        DNSKEYChange: 20260101000000 (Thu Jan  1 00:00:00 2026)
        ZRRSIGChange: 20260101000000 (Thu Jan  1 00:00:00 2026)
        KRRSIGChange: 20260101000000 (Thu Jan  1 00:00:00 2026)
        DSChange: 20260101000000 (Thu Jan  1 00:00:00 2026)
        DNSKEYState: omnipresent
        ZRRSIGState: omnipresent
        KRRSIGState: omnipresent
        DSState: omnipresent
        GoalState: omnipresent

        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("keys").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("AXFR")]
    [InlineData("IXFR=9")]
    public async Task Transfer_SignedZone_IsForWhoSignsItAlone(string type)
    {
        KeyDirectory.Write(_directory, TestKeys.Make("fed.test"));
        await using var server = await StartAsync();
        (await server.DigAsync("fed.test", type, "-y", LiveServer.Key)).ShouldContain("Transfer failed");
        var records = DigText.Records(await server.DigAsync("fed.test", type, "-y", LiveServer.LongKey));
        records.Distinct().Order(StringComparer.Ordinal).ShouldBe(server.Contents());
    }

    [Fact]
    public async Task Transfer_SignedZoneAskedForWithEdns_IsRefusedWithTheReason()
    {
        KeyDirectory.Write(_directory, TestKeys.Make("fed.test"));
        await using var server = await StartAsync();
        var response = await server.AskAsync("127.0.0.2", TestMessage.Query("fed.test", "AXFR", edns: (1232, 0, false)));
        (response.Status, response.IsAuthoritative).ShouldBe(("REFUSED", false));
        var error = Convert.FromHexString(response.Options[ExtendedError]);
        error[1].ShouldBe((byte)21, "not supported");
        System.Text.Encoding.ASCII.GetString(error, 2, error.Length - 2).ShouldContain("signed on line");
        (await server.AskAsync("127.0.0.2", TestMessage.Query("fed.test", "AXFR"))).Opt.ShouldBeNull();
    }

    [Fact]
    public async Task Transfer_KeyIsOnlyPublished_TheZoneIsNotSignedYet()
    {
        var now = TimeProvider.System.GetUtcNow();
        KeyDirectory.Write(_directory, TestKeys.Make("fed.test", new KeyTimes { Created = now, Publish = now, Activate = now.AddDays(9) }));
        await using var server = await StartAsync();
        server.Get<SigningState>().Current.ShouldNotBeNull();
        DigText.Records(await server.DigAsync("fed.test", "AXFR", "-y", LiveServer.Key)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Follow_KnotSignsItsCopyWithTheSameKey_BothValidateAndItKeepsUp()
    {
        var port = Ports.Free();
        var (ours, key) = await StartToldAsync(port);
        await using var _ = ours;
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

        await KeepsUpAsync(ours, port, key, () => knot.Log);
        knot.Log.ShouldContain("IXFR, incoming");
    }

    [Fact]
    public async Task Follow_BindSignsItsCopyWithTheSameKey_BothValidateAndItKeepsUp()
    {
        var port = Ports.Free();
        var (ours, key) = await StartToldAsync(port);
        await using var _ = ours;
        await using var bind = await BindServer.StartAsync(
            $$"""
            dnssec-policy "same" {
              keys { csk key-directory lifetime unlimited algorithm ecdsap256sha256; };
              dnskey-ttl 3600;
            };
            zone "fed.test" {
              type secondary;
              primaries { 127.0.0.1 port {{ours.Endpoint.Port}} key "long.keys."; };
              allow-notify { key "long.keys."; };
              file "DIRECTORY/fed.test.zone";
              inline-signing yes;
              dnssec-policy "same";
              key-directory "DIRECTORY";
            };
            """,
            "fed.test",
            port,
            server =>
            {
                // BIND notes beside a key what it is for and how far it is with it; without that it takes ours for one that signs keys alone, and makes another.
                foreach (var ending in (string[])[KeyFile.PublicEnding, KeyFile.PrivateEnding])
                    File.Copy(Path.Combine(_directory, KeyFile.NameOf(key) + ending), server.PathOf(KeyFile.NameOf(key) + ending));
                server.Write(KeyFile.NameOf(key) + ".state", BindKeyState);
            });
        await KeepsUpAsync(ours, port, key, () => bind.Log);
    }

    /// <summary>A secondary that signs what it gets has what changes, and a validator is content with it as with us.</summary>
    private async Task KeepsUpAsync(LiveServer ours, int port, ZoneKey key, Func<string> log)
    {
        await ours.PublishAsync(11, new ZoneChange.AppChanged(App("late", "us-east-1=1")));
        await Eventually.TrueAsync(async () => (await DelvAsync(port, "late.shop.svc.fed.test", "A")).Contains("; fully validated", StringComparison.Ordinal), "the secondary has what changed, signed", ServerProcess.Patience, log);
        await ours.PublishAsync(12, new ZoneChange.AppRemoved(Objects.Key("web")));
        await Eventually.TrueAsync(async () => (await DelvAsync(port, "web.shop.svc.fed.test", "A")).Contains("; negative response, fully validated", StringComparison.Ordinal), "the secondary denies what is gone", ServerProcess.Patience, log);
        foreach (var server in (int[])[ours.Endpoint.Port, port])
        {
            (await DelvAsync(server, "late.shop.svc.fed.test", "A")).ShouldContain("; fully validated");
            (await DelvAsync(server, "fed.test", "DNSKEY")).ShouldContain("; fully validated");
            (await DelvAsync(server, "nope.shop.svc.fed.test", "A")).ShouldContain("; negative response, fully validated");
        }

        async Task<string> DelvAsync(int server, string name, string type)
        {
            var anchors = Path.Combine(_directory, "anchors");
            await File.WriteAllTextAsync(anchors, TestKeys.Anchor(key));
            var result = await Command.RunAsync("delv", ["@127.0.0.1", "-p", $"{server}", "-a", anchors, "+root=fed.test", name, type]);
            return $"{result.Output}{result.Error}\n{log()}";
        }
    }

    /// <summary>A name server of a signed zone that tells a secondary of changes.</summary>
    private async Task<(LiveServer Server, ZoneKey Key)> StartToldAsync(int port)
    {
        var key = TestKeys.Make("fed.test");
        KeyDirectory.Write(_directory, key);
        return (await StartAsync(new NotifyTarget(new IPEndPoint(IPAddress.Loopback, port), DnsName.Parse("long.keys"))), key);
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
}
