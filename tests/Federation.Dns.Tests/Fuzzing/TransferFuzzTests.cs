using Federation.Dns.Answering;
using Federation.Dns.Notifying;
using Federation.Dns.Tests.Support;
using Federation.Dns.Transfers;
using Federation.Dns.Tsig;
using Federation.Dns.Updates;
using Federation.Dns.Wire;
using Federation.TestKit.Time;
using Xunit.Abstractions;

namespace Federation.Dns.Tests.Fuzzing;

/// <summary>What other servers may send: signed packets, answers to transfers, notifications and updates, whole and spoilt. DNS_FUZZ_PACKETS and DNS_FUZZ_SEED as for the responder.</summary>
public sealed class TransferFuzzTests
{
    private static readonly int Packets = ResponderFuzzTests.Setting("DNS_FUZZ_PACKETS", 100_000) / 2;
    private static readonly int Seed = ResponderFuzzTests.Setting("DNS_FUZZ_SEED", 1);

    private readonly ManualTimeProvider _time = new();
    private readonly TsigKeys _keys = new();
    private readonly PacketMaker _maker = new(Seed);

    private readonly ITestOutputHelper _output;

    public TransferFuzzTests(ITestOutputHelper output)
    {
        _output = output;
        TsigKeys.TryParse($"a. hmac-sha256 {LiveServer.Secret}", out var keys, out _).ShouldBeTrue();
        _keys.Use(keys);
    }

    private TsigKey Key => _keys.Find(DnsName.Parse("a."))!;

    [Fact]
    public void Answer_SignedAndSpoilt_IsAnsweredOnlyWhenTheSignatureIsGood()
    {
        var asker = new Asker(ZoneText.Load("web.shop.svc 5 A 192.0.2.1"), keys: _keys, time: _time);
        var query = TestMessage.Query("web.shop.svc.fed.test", "A");
        var signed = TsigChain.ForRequest(Key, _time).SignRequest(query);
        var (good, told, malformed) = (0, 0, 0);
        for (var i = 0; i < Packets; i++)
        {
            var packet = i % 8 == 0 ? (byte[])signed.Clone() : _maker.Spoil((byte[])signed.Clone());
            var length = asker.Send(packet, i % 2 == 0 ? Transport.Udp : Transport.Tcp);
            if (length == 0)
                continue;
            var code = asker.LastResponse[3] & 15;
            var answers = (asker.LastResponse[6] << 8) | asker.LastResponse[7];
            if (code == 9)
                told++;
            else if (code == 1)
                malformed++;
            else if (answers > 0)
                good++;

            // What is answered with a signature is what was signed, byte for byte.
            if (code == 0 && TsigRecord.Find(packet) is { } signature)
                signature.Strip(packet).ShouldBe(query, $"seed {Seed}, packet {i}: {Convert.ToHexString(packet)}");
        }

        _output.WriteLine($"seed {Seed}: {good} answered, {told} told what is wrong, {malformed} malformed");
        good.ShouldBeGreaterThanOrEqualTo(Packets / 8);
        told.ShouldBeGreaterThan(Packets / 50);
        malformed.ShouldBeGreaterThan(Packets / 50);
    }

    [Fact]
    public void Read_WhateverServersSend_IsReadOrRefusedWithinItsBounds()
    {
        var zone = DnsName.Parse("example.org");
        var answer = Answer(zone);
        var (understood, read, refused) = (0, 0, 0);
        for (var i = 0; i < Packets; i++)
        {
            var packet = (i % 20) switch
            {
                0 => _maker.Noise(_maker.Next(600)),
                1 or 11 => _maker.Make(),
                2 => (byte[])answer.Clone(),
                _ => _maker.Spoil((byte[])answer.Clone()),
            };
            try
            {
                NotifyMessage.ReadAnswer(packet, 0x1234, zone);
                TransferRequest.IsOne(packet);
                if (packet.Length < Header.Length)
                    continue;
                TransferRequest.Read(packet);
                var records = ForeignZoneReader.ReadAnswers(packet);
                records?.ForEach(record => _ = (OwnershipMark.Read(record), ProgressMark.Read(record)));
                if (records is not null)
                {
                    ForeignZone.Read(records, zone);
                    understood++;
                }

                new IncomingTransfer(zone, TsigChain.ForRequest(Key, _time)).Take(packet);
                read++;
            }
            catch (ForeignServerException)
            {
                refused++;
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {Seed}, packet {i}: {Convert.ToHexString(packet)}", exception);
            }
        }

        _output.WriteLine($"seed {Seed}: {understood} understood, {read} believed, {refused} refused");
        understood.ShouldBeGreaterThanOrEqualTo(Packets / 20);
        read.ShouldBe(0); // none is signed
        refused.ShouldBeGreaterThan(Packets / 2);
    }

    /// <summary>A transfer of one message, with names that point at others.</summary>
    private static byte[] Answer(DnsName zone)
    {
        var writer = new RecordWriter(zone, compressesData: true);
        var soa = new StartOfAuthorityData(zone, zone, 1, 2, 3, 4, 5);
        writer.Record(zone, 5, soa);
        writer.Record(DnsName.Parse("a.example.org"), 5, new NameServerData(DnsName.Parse("ns.a.example.org")));
        writer.Record(DnsName.Parse("b.example.org"), 5, new ServiceData(1, 2, 3, DnsName.Parse("a.example.org")));
        writer.Record(DnsName.Parse("_federation.b.example.org"), 5, new TextData(["federation", "A 0123"]));
        writer.Record(DnsName.Parse("_federation-progress.example.org"), 5, new TextData(["federation-progress", "serial=3", "state=whole", "by=x"]));
        writer.Record(zone, 5, soa);
        byte[] message = [.. TestMessage.Query("example.org", "AXFR"), .. writer.ToArray()];
        message[2] = 0x84;
        message[7] = 6;
        return message;
    }
}
