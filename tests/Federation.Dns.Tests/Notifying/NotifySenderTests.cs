using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Federation.Dns.Notifying;
using Federation.Dns.Tests.Support;
using Federation.Dns.Transfers;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Dns.Tests.Notifying;

/// <summary>A secondary by hand, and a clock that stands still.</summary>
public sealed class NotifySenderTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly TsigKeys _keys = new();
    private readonly ZoneState _state = new(DnsName.Parse(ZoneText.Apex), TimeProvider.System);
    private readonly Socket _secondary = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 30_000 };
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly NotifySender _sender;

    public NotifySenderTests()
    {
        TsigKeys.TryParse($"a. hmac-sha256 {LiveServer.Secret}", out var keys, out _).ShouldBeTrue();
        _keys.Use(keys);
        _secondary.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var target = new NotifyTarget((IPEndPoint)_secondary.LocalEndPoint!, DnsName.Parse("a."));
        _sender = new NotifySender(target, _keys, _state, new TransferMetrics(_services.GetRequiredService<IMeterFactory>()), _time, NullLogger<NotifySender>.Instance);
    }

    public Task InitializeAsync() => _sender.StartAsync(CancellationToken.None);

    public async Task DisposeAsync()
    {
        await _sender.StopAsync(CancellationToken.None);
        _sender.Dispose();
        _secondary.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Tell_NoAnswer_IsToldAgainUntilThereIsOne()
    {
        Publish(10);
        (await ReceiveAsync()).Serial.ShouldBe(10u);
        (await ReceiveAsync()).Serial.ShouldBe(10u);
        var (serial, packet, from) = await ReceiveAsync();
        serial.ShouldBe(10u);

        // An answer that is not signed is no answer.
        await AnswerAsync(packet, from, signed: false);
        (serial, packet, from) = await ReceiveAsync();
        serial.ShouldBe(10u);
        await AnswerAsync(packet, from);
        Publish(11);
        await UntilAsync(11, after: 10);
    }

    [Fact]
    public async Task Tell_ManyChangesInAMoment_AreOneMessage()
    {
        Publish(10);
        var (serial, packet, from) = await ReceiveAsync();
        serial.ShouldBe(10u);
        for (var revision = 11; revision <= 30; revision++)
            Publish(revision);
        await AnswerAsync(packet, from);
        await UntilAsync(30, after: 10);
    }

    private void Publish(long revision) => _state.Publish(ZoneText.Load($"web 5 A 192.0.2.{revision}", revision).Current!);

    /// <summary>Messages of a serial may come again before the answer is read, never those in between.</summary>
    private async Task UntilAsync(uint serial, uint after)
    {
        uint told;
        while ((told = (await ReceiveAsync()).Serial) != serial)
            told.ShouldBe(after);
    }

    /// <summary>The next message, checked; the clock goes on until one comes.</summary>
    private async Task<(uint Serial, byte[] Packet, EndPoint From)> ReceiveAsync()
    {
        await Eventually.TrueAsync(
            () =>
            {
                if (_secondary.Available == 0)
                    _time.Advance(TimeSpan.FromMilliseconds(250));
                return _secondary.Available > 0;
            },
            "the secondary is told");
        var buffer = new byte[1024];
        var received = await _secondary.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
        var packet = buffer[..received.ReceivedBytes];
        ((packet[2] >> 3) & 15).ShouldBe(4);
        TsigVerdict.Of(packet, TsigRecord.Find(packet)!.At, _keys, _time).IsGood.ShouldBeTrue();
        var reader = new MessageReader(packet, Header.Length);
        reader.TryReadQuestion(out var zone, out var type).ShouldBeTrue();
        (zone.ToString(), type).ShouldBe((ZoneText.Apex, RecordType.Soa));
        reader.TryRead(out var soa).ShouldBeTrue();
        return (TransferRequest.SerialOf(soa!), packet, received.RemoteEndPoint);
    }

    private async Task AnswerAsync(byte[] packet, EndPoint to, bool signed = true)
    {
        var record = TsigRecord.Find(packet)!;
        var answer = new byte[1024];
        record.Strip(packet).CopyTo(answer, 0);
        answer[2] |= 0x80;
        var length = record.At;
        if (signed)
            length = TsigVerdict.Of(packet, record.At, _keys, _time).Chain!.Sign(answer, length);
        BinaryPrimitives.ReadUInt16BigEndian(answer).ShouldBe(record.OriginalId);
        await _secondary.SendToAsync(answer.AsMemory(0, length), to);
    }
}
