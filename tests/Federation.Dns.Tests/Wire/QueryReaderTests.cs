using Federation.Dns.Answering;
using Federation.Dns.Tests.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;

namespace Federation.Dns.Tests.Wire;

public sealed class QueryReaderTests
{
    private const string Head = "1234 0100 0001 0000 0000 0000";
    private const string HeadOneMore = "1234 0100 0001 0000 0000 0001";
    private const string Question = "03666564 0474657374 00 0001 0001"; // fed.test. A IN

    [Theory]
    [InlineData("no question", "1234 0100 0000 0000 0000 0000", false)]
    [InlineData("two questions (RFC 9619)", "1234 0100 0002 0000 0000 0000" + Question + Question, false)]
    [InlineData("question missing", Head, false)]
    [InlineData("name cut off", Head + "03666564 0474", false)]
    [InlineData("name without end", Head + "03666564 0474657374", false)]
    [InlineData("type cut off", Head + "03666564 0474657374 00 00", false)]
    [InlineData("class cut off", Head + "03666564 0474657374 00 0001 00", false)]
    [InlineData("pointer as question", Head + "C00C 0001 0001", false)]
    [InlineData("label of type 01", Head + "41 00 0001 0001", false)]
    [InlineData("bytes after the end", Head + Question + "00", true)]
    [InlineData("additional record missing", HeadOneMore + Question, true)]
    [InlineData("OPT cut off", HeadOneMore + Question + "00 0029 04D0 00000000 00", true)]
    [InlineData("OPT options cut off", HeadOneMore + Question + "00 0029 04D0 00000000 0004 0003", true)]
    [InlineData("OPT option longer than the options", HeadOneMore + Question + "00 0029 04D0 00000000 0004 0003 0001", true)]
    [InlineData("OPT option head cut off", HeadOneMore + Question + "00 0029 04D0 00000000 0003 000300", true)]
    [InlineData("two OPT", "1234 0100 0001 0000 0000 0002" + Question + "00 0029 04D0 00000000 0000 00 0029 04D0 00000000 0000", true)]
    [InlineData("OPT below a name", HeadOneMore + Question + "C00C 0029 04D0 00000000 0000", true)]
    [InlineData("OPT as an answer", "1234 0100 0001 0001 0000 0000" + Question + "00 0029 04D0 00000000 0000", true)]
    [InlineData("record data cut off", HeadOneMore + Question + "C00C 0001 0001 00000000 0004 C000", true)]
    [InlineData("record pointer cut off", HeadOneMore + Question + "C0", true)]
    public void Read_BrokenPacket_IsFormatErrorThatKeepsWhatCouldBeRead(string what, string hex, bool keepsQuestion)
    {
        var server = new Asker(ZoneText.Load(AnswerCases.Zone));
        var response = server.Ask(Bytes(hex));
        (response.Status, response.Id, response.Question is not null).ShouldBe(("FORMERR", (ushort)0x1234, keepsQuestion), what);
    }

    [Theory]
    [InlineData("OPT with options", HeadOneMore + Question + "00 0029 04D0 00000000 0009 0003 0000 FDE9 0001 FF")]
    [InlineData("a record of another kind", HeadOneMore + Question + "C00C 0001 0001 00000000 0004 C0000201")]
    [InlineData("a record before and an OPT", "1234 0100 0001 0000 0001 0001" + Question + "C00C 0006 0001 00000000 0000" + "00 0029 04D0 00000000 0000")]
    [InlineData("a record that points at itself", HeadOneMore + Question + "C01A 0001 0001 00000000 0000")]
    public void Read_UnusualPacket_IsAnswered(string what, string hex) =>
        QueryReader.Read(Bytes(hex), new byte[QueryReader.NameBufferLength], out _).ShouldBe(QueryVerdict.Answer, what);

    [Fact]
    public void Read_LongestName_IsReadAndOneByteMoreIsNot()
    {
        byte[] Packet(int lastLabel) =>
        [
            .. Bytes(Head),
            .. Enumerable.Repeat((byte[])[63, .. Enumerable.Repeat((byte)'a', 63)], 3).SelectMany(label => label),
            (byte)lastLabel, .. Enumerable.Repeat((byte)'a', lastLabel), 0, 0, 1, 0, 1,
        ];
        var buffer = new byte[QueryReader.NameBufferLength];
        QueryReader.Read(Packet(61), buffer, out var query).ShouldBe(QueryVerdict.Answer);
        query.NameLength.ShouldBe(255);
        QueryReader.Read(Packet(62), buffer, out _).ShouldBe(QueryVerdict.FormatError);
    }

    /// <summary>No packet breaks the responder, and whatever it says is a well-formed response to that packet.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Answer_RandomAndMutatedPackets_NeverThrowsAndAnswersInForm(int seed)
    {
        var random = new Random(seed);
        var server = new Asker(ZoneText.Load(AnswerCases.Zone));
        byte[][] seeds =
        [
            TestMessage.Query("web.shop.svc.fed.test", "A", edns: (1232, 0, true), options: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]),
            TestMessage.Query("fed.test", "NS"),
            TestMessage.Query("nope.FED.test", "ANY", edns: (512, 1, false)),
            Bytes("1234 0100 0001 0000 0001 0001" + Question + "C00C 0006 0001 00000000 0002 C00C" + "00 0029 04D0 00000000 0000"),
        ];
        var answered = 0;
        for (var round = 0; round < 60_000; round++)
        {
            var packet = Mutate(random, seeds);
            var transport = (Transport)random.Next(2);
            var length = server.Send(packet, transport);
            if (length == 0)
            {
                (packet.Length < 12 || (packet[2] & 0x80) != 0).ShouldBeTrue($"seed {seed}, round {round}: dropped {Convert.ToHexString(packet)}");
                continue;
            }

            answered++;
            var response = server.Ask(packet, transport); // reads every byte of it
            response.IsResponse.ShouldBeTrue();
            response.Id.ShouldBe((ushort)((packet[0] << 8) | packet[1]));
        }

        answered.ShouldBeGreaterThan(10_000);
    }

    private static byte[] Mutate(Random random, byte[][] seeds)
    {
        if (random.Next(8) == 0)
        {
            var noise = new byte[random.Next(0, 600)];
            random.NextBytes(noise);
            return noise;
        }

        var packet = (byte[])seeds[random.Next(seeds.Length)].Clone();
        for (var changes = random.Next(0, 6); changes > 0; changes--)
            packet[random.Next(packet.Length)] = random.Next(3) == 0 ? (byte)random.Next(4) : (byte)random.Next(256);
        return random.Next(4) == 0 ? packet[..random.Next(packet.Length)] : packet;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
