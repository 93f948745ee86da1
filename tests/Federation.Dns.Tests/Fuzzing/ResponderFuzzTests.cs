using System.Globalization;
using Federation.Dns.Answering;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Signing;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Xunit.Abstractions;

namespace Federation.Dns.Tests.Fuzzing;

/// <summary>DNS_FUZZ_PACKETS sets how many packets, DNS_FUZZ_SEED which.</summary>
public sealed class ResponderFuzzTests(ITestOutputHelper output)
{
    private static readonly int Packets = Setting("DNS_FUZZ_PACKETS", 100_000);
    private static readonly int Seed = Setting("DNS_FUZZ_SEED", 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // fewer, for each name is signed
    public void Answer_AnyPacket_IsAnsweredWithinBoundsWithoutAllocation(bool isSigned)
    {
        var packets = isSigned ? Packets / 5 : Packets;
        var asker = ReferenceZone.Load(new RateLimiter(1_000, 2, [], TimeProvider.System), isSigned ? TestKeys.Sign(TestKeys.Make(ReferenceZone.Apex)) : null);
        var maker = new PacketMaker(Seed);
        var ahead = asker.Responder.CreateReadAhead(capacity: 60); // packets that come while a batch is full are none of it
        var response = new byte[ushort.MaxValue];
        var statuses = new SortedDictionary<string, int>(StringComparer.Ordinal);
        long allocated = 0;
        for (var i = 0; i < packets; i++)
        {
            var packet = maker.Make();
            var what = $"seed {Seed}, packet {i}: {Convert.ToHexString(packet)}";
            var transport = i % 2 == 0 ? Transport.Udp : Transport.Tcp;
            var room = transport == Transport.Udp ? 1232 : ushort.MaxValue;
            var arrival = new Arrival(transport, ClientAddress.FromIPv4((uint)maker.Next(1 << 16) << 8));
            var before = GC.GetAllocatedBytesForCurrentThread();
            int length;
            try
            {
                ahead.Add(packet);
                if (i % 64 == 0)
                    ahead.Run();
                length = asker.Responder.Answer(packet, response.AsSpan(0, room), arrival, asker.Counters);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(what, exception);
            }

            allocated += i < 10_000 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
            Count(length == 0 ? "nothing" : Check(packet, response.AsSpan(0, length), transport, what));
        }

        output.WriteLine($"seed {Seed}, {packets} packets, signed: {isSigned}: {string.Join(", ", statuses.Select(status => $"{status.Value} {status.Key}"))}");
        if (!isSigned)
            allocated.ShouldBe(0);

        // The packets reach what they are meant to reach.
        foreach (var status in (string[])["nothing", "NOERROR", .. isSigned ? Array.Empty<string>() : ["NXDOMAIN"], "FORMERR", "NOTIMP", "REFUSED", "BADVERS"])
            statuses.GetValueOrDefault(status).ShouldBeGreaterThan(packets / 2_000, status);

        void Count(string status) => statuses[status] = statuses.GetValueOrDefault(status) + 1;
    }

    /// <summary>Every byte of the response is accounted for, and it is one to this packet.</summary>
    private static string Check(byte[] packet, ReadOnlySpan<byte> bytes, Transport transport, string what)
    {
        Response response;
        try
        {
            response = TestMessage.Read(bytes);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{what} was answered with {Convert.ToHexString(bytes)}", exception);
        }

        response.IsResponse.ShouldBeTrue(what);
        response.Id.ShouldBe((ushort)((packet[0] << 8) | packet[1]), what);
        (packet[2] & 0x80).ShouldBe(0, what); // never to a response
        if (transport == Transport.Udp)
            bytes.Length.ShouldBeLessThanOrEqualTo(response.Opt is null ? 512 : 1232, what);
        return response.Status;
    }

    internal static int Setting(string name, int otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
