using System.Net;
using Federation.Api.Meta;
using Federation.Dns.Tests.Support;
using Federation.Dns.Transfers;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using static Federation.Dns.Tests.Support.Objects;

namespace Federation.Dns.Tests.Transfers;

/// <summary>Transfers as <c>dig</c> makes them.</summary>
public sealed class TransferTests : IAsyncLifetime
{
    private const string Key = LiveServer.Key;
    private const string LongKey = LiveServer.LongKey;

    private readonly LiveServer _server = new(options =>
    {
        options.Transfers.Allowed.Add(new TransferPeer(null, DnsName.Parse("transfer")));
        options.Transfers.Allowed.Add(new TransferPeer(null, DnsName.Parse("long.keys")));
        options.Transfers.Allowed.Add(new TransferPeer(IPNetwork.Parse("127.0.0.2/32"), null));
        options.Transfers.JournalVersions = 3;
    });

    public async Task InitializeAsync()
    {
        await _server.StartAsync();
        await _server.PublishAsync(10, Listed("us-east-1=1 eu-west-1=1"));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(Key)]
    [InlineData(LongKey)]
    public async Task Full_GoodKey_HasAllRecordsBetweenItsSoas(string key)
    {
        var records = Records(await _server.DigAsync("fed.test", "AXFR", "-y", key));
        records[0].ShouldContain(" SOA ");
        records[^1].ShouldBe(records[0]);
        records.Distinct().Order(StringComparer.Ordinal).ShouldBe(_server.Contents());
        records.ShouldContain("web.shop.svc.fed.test. 5 A 192.0.2.1");
        records.ShouldContain("web.shop.svc.eu-west.fed.test. 5 A 192.0.2.2");
    }

    [Fact]
    public async Task Full_LargeZone_ComesInManyMessagesSignedOneAfterTheOther()
    {
        await _server.PublishAsync(11, [.. Enumerable.Range(0, 3_000).Select(i => new ZoneChange.AppChanged(App($"app-{i}", "us-east-1=1 eu-west-1=1")))]);
        var printed = await _server.DigAsync("fed.test", "AXFR", "-y", Key);
        Records(printed).Distinct().Order(StringComparer.Ordinal).ShouldBe(_server.Contents());
        printed.ShouldMatch("XFR size: \\d+ records \\(messages (1[0-9]|[2-9][0-9])");
        printed.ShouldNotContain("verify");
    }

    [Fact]
    public async Task Full_WithoutRight_IsRefused()
    {
        (await _server.DigAsync("fed.test", "AXFR")).ShouldContain("Transfer failed");
        (await _server.DigAsync("fed.test", "AXFR", "-b", "127.0.0.3")).ShouldContain("Transfer failed");
        Records(await _server.DigAsync("fed.test", "AXFR", "-b", "127.0.0.2")).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Full_WrongKey_IsToldWhy()
    {
        (await _server.DigAsync("fed.test", "AXFR", "-y", "hmac-sha256:other:" + LiveServer.Secret)).ShouldContain("tsig indicates error");
        var printed = await _server.DigAsync("fed.test", "SOA", "-y", "hmac-sha256:other:" + LiveServer.Secret);
        printed.ShouldContain("status: NOTAUTH");
        printed.ShouldContain("BADKEY");
        printed = await _server.DigAsync("fed.test", "SOA", "-y", "hmac-sha256:transfer:" + LiveServer.LongSecret);
        printed.ShouldContain("status: NOTAUTH");
        printed.ShouldContain("BADSIG");
    }

    [Fact]
    public async Task Query_Signed_IsAnsweredSigned()
    {
        foreach (var flag in (string[])["+notcp", "+tcp"])
        {
            var printed = await _server.DigAsync("web.shop.svc.fed.test", "A", "-y", Key, flag);
            printed.ShouldContain("status: NOERROR");
            printed.ShouldContain("ANSWER: 2");
            printed.ShouldContain("TSIG\thmac-sha256.");
            printed.ShouldNotContain("verify");
        }
    }

    [Theory]
    [InlineData("web.shop.svc.fed.test", "AXFR", "NOTAUTH")]
    [InlineData("fed.test", "IXFR", "FORMERR")] // without the SOA that it starts from
    public async Task Ask_WhatCannotBeGiven_IsRefusedWithAReason(string zone, string type, string status) =>
        (await _server.AskAsync("127.0.0.2", TestMessage.Query(zone, type))).Status.ShouldBe(status);

    [Fact]
    public async Task Incremental_KnownSerial_HasWhatChanged()
    {
        await _server.PublishAsync(20, new ZoneChange.AppChanged(App("web", "us-east-1=1 eu-west-1=0")), new ZoneChange.AppChanged(App("api", "eu-west-1=1")));
        await _server.PublishAsync(25, new ZoneChange.ClusterChanged(Cluster("us-east-1", "192.0.2.1")));
        _server.Serial.ShouldBe(20u);
        var records = Records(await _server.DigAsync("fed.test", "IXFR=10", "-y", Key));
        Serials(records).ShouldBe([20, 10, 20, 20]);
        var (gone, come) = Split(records);
        gone.ShouldBe(["_http._tcp.web.shop.svc.eu-west.fed.test. 5 SRV 0 0 80 web.shop.svc.eu-west.fed.test.", "web.shop.svc.eu-west.fed.test. 5 A 192.0.2.2", "web.shop.svc.fed.test. 5 A 192.0.2.2"], ignoreOrder: true);
        come.ShouldContain("api.shop.svc.fed.test. 5 A 192.0.2.2");
        come.ShouldContain("web.shop.svc.eu-west.fed.test. 5 A 192.0.2.1"); // answered by everywhere else
    }

    [Fact]
    public async Task Incremental_SerialOfAnotherServer_IsTheVersionOfThatRevision()
    {
        // Nothing changed between 10 and 15: another name server that began at 13 gave its zone the serial 13.
        await _server.PublishAsync(15);
        await _server.PublishAsync(20, new ZoneChange.AppChanged(App("web", "us-east-1=1 eu-west-1=0")));
        Serials(Records(await _server.DigAsync("fed.test", "IXFR=13", "-y", Key))).ShouldBe([20, 13, 20, 20]);

        // Of 17 it is not known whether the change was in it.
        Records(await _server.DigAsync("fed.test", "IXFR=17", "-y", Key)).Distinct().Order(StringComparer.Ordinal).ShouldBe(_server.Contents());
    }

    [Fact]
    public async Task Incremental_UpToDateOrForgotten_IsTheSoaOrAll()
    {
        Records(await _server.DigAsync("fed.test", "IXFR=10", "-y", Key)).Count.ShouldBe(1);
        Records(await _server.DigAsync("fed.test", "IXFR=11", "-y", Key)).Count.ShouldBe(1);
        for (var i = 0; i < 3; i++)
            await _server.PublishAsync(20 + i, new ZoneChange.AppChanged(App($"app-{i}", "us-east-1=1")));
        Serials(Records(await _server.DigAsync("fed.test", "IXFR=20", "-y", Key))).ShouldBe([22, 20, 22, 22]);
        Records(await _server.DigAsync("fed.test", "IXFR=10", "-y", Key)).Distinct().Order(StringComparer.Ordinal).ShouldBe(_server.Contents());
    }

    [Fact]
    public async Task Incremental_EveryStepOfAWalk_LeadsFromOneVersionToTheNext()
    {
        var random = new Random(1);
        var copy = Records(await _server.DigAsync("fed.test", "AXFR", "-y", Key)).ToHashSet();
        for (var revision = 11; revision < 41; revision++)
        {
            var before = _server.Serial;
            await _server.PublishAsync(revision, Change(random));
            var records = Records(await _server.DigAsync("fed.test", $"IXFR={before}", "-y", Key));
            if (records.Count == 1)
                continue;
            var (gone, come) = Split(records);
            if (Serials(records).Count == 4)
            {
                foreach (var record in gone.Append(copy.Single(record => record.Contains(" SOA "))))
                    copy.Remove(record).ShouldBeTrue($"{record} at {revision}");
                copy.UnionWith(come.Append(records[0]));
            }
            else
            {
                copy = [.. records];
            }

            copy.Order(StringComparer.Ordinal).ToList().ShouldBe(_server.Contents(), ignoreOrder: false, $"at {revision}");
        }
    }

    private static ZoneChange Change(Random random) => random.Next(8) switch
    {
        0 => new ZoneChange.AppRemoved(Objects.Key($"app-{random.Next(4)}")),
        1 => new ZoneChange.ClusterRemoved("eu-west-1"),
        2 => new ZoneChange.ClusterChanged(Cluster("eu-west-1", $"192.0.2.{random.Next(2, 6)}")),
        3 => new ZoneChange.ZoneChanged((Api.Zones.Zone)Api.Kinds.Zone.Default(new Api.Zones.Zone
        {
            Metadata = new ObjectMeta { Name = "fed.test" },
            Spec = new Api.Zones.ZoneSpec { Records = $"app-{random.Next(4)}.shop.svc.eu-west TXT \"here first\"\nmail MX {random.Next(3)} web.shop.svc\n" },
        })),
        4 => new ZoneChange.ZoneRemoved("fed.test"),
        _ => new ZoneChange.AppChanged(App($"app-{random.Next(4)}", $"us-east-1={random.Next(2)} eu-west-1={random.Next(2)}")),
    };

    private static ZoneChange.Listed Listed(string shares) =>
        new([App("web", shares)], [Cluster("us-east-1", "192.0.2.1"), Cluster("eu-west-1", "192.0.2.2")]);

    private static List<string> Records(string printed) => DigText.Records(printed);

    private static List<int> Serials(List<string> records) => [.. records.Where(record => record.Contains(" SOA ")).Select(record => int.Parse(record.Split(' ')[5]))];

    /// <summary>What goes and what comes.</summary>
    private static (List<string> Gone, List<string> Come) Split(List<string> records)
    {
        var soas = records.Select((record, at) => (record, at)).Where(entry => entry.record.Contains(" SOA ")).Select(entry => entry.at).ToArray();
        return soas.Length < 4 ? ([], records) : (records[(soas[1] + 1)..soas[2]], records[(soas[2] + 1)..soas[3]]);
    }
}
