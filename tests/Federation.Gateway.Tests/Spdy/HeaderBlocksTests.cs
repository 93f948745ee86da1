using System.IO.Compression;
using Federation.Gateway.Spdy;

namespace Federation.Gateway.Tests.Spdy;

public sealed class HeaderBlocksTests
{
    // Made with zlib 1.3 (level 9, the SPDY/3 dictionary, a sync flush after each block).
    private const string First = "78f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45e01c6061606100a4398b20d198094ade8c0600000000ffff";
    private const string Second = "c2aa19540e2512d60b000000ffff";
    private const string Third = "02654b2ca51817c2fb48c5147b3ad073e5899500000000ffff";
    private const string FixedCodes = "783fe3c6a7c202a623466c6914000000ffff";

    [Fact]
    public void Read_BlocksOfOneStream_ReferToTheDictionaryAndToEachOther()
    {
        var blocks = new HeaderBlocks();

        blocks.Read(Convert.FromHexString(First)).ShouldBe(new Dictionary<string, string> { ["streamtype"] = "error", ["port"] = "8080", ["requestid"] = "0" }, ignoreOrder: true);
        blocks.Read(Convert.FromHexString(Second)).ShouldBe(new Dictionary<string, string> { ["streamtype"] = "data", ["port"] = "8080", ["requestid"] = "0" }, ignoreOrder: true);
        blocks.Read(Convert.FromHexString(Third)).ShouldBe(new Dictionary<string, string> { ["content-type"] = "text/plain", ["host"] = "gateway" }, ignoreOrder: true);
    }

    [Fact]
    public void Read_FixedCodes_AreUnderstood() =>
        new HeaderBlocks().Read(Convert.FromHexString(FixedCodes)).ShouldBe(new Dictionary<string, string> { ["status"] = "200 OK" });

    [Fact]
    public void Read_OtherDictionary_IsRefused() =>
        Should.Throw<SpdyException>(() => new HeaderBlocks().Read(Convert.FromHexString(First.Replace("e3c6a7c2", "e3c6a7c3")))).Message.ShouldBe("headers are compressed with another dictionary");

    [Fact]
    public void Write_SeveralBlocks_AreOneZlibStreamThatIsFlushedAfterEach()
    {
        var blocks = new HeaderBlocks();
        var (first, second) = (blocks.Write(("streamtype", "data")), blocks.Write());

        new HeaderBlocks().Read(first).ShouldBe(new Dictionary<string, string> { ["streamtype"] = "data" });
        first.AsSpan(^5).ToArray().ShouldBe([0, 0, 0, 0xFF, 0xFF]);
        using var zlib = new ZLibStream(new MemoryStream([.. first, .. second]), CompressionMode.Decompress);
        var plain = new byte[4 + 4 + 10 + 4 + 4 + 4];
        zlib.ReadExactly(plain);
        plain.ShouldBe([0, 0, 0, 1, 0, 0, 0, 10, .. "streamtype"u8, 0, 0, 0, 4, .. "data"u8, 0, 0, 0, 0]);
    }

    [Fact]
    public void Read_AnyDamage_IsRefusedAndNothingElse()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        var good = Convert.FromHexString(First);
        for (var round = 0; round < 20_000; round++)
        {
            var bad = good[..random.Next(good.Length + 1)];
            for (var i = random.Next(4); i > 0 && bad.Length > 0; i--)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                new HeaderBlocks().Read(bad);
            }
            catch (SpdyException)
            {
                // As it should.
            }
        }
    }
}
