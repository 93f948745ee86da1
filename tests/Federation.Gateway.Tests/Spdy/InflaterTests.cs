using System.IO.Compression;
using Federation.Gateway.Spdy;

namespace Federation.Gateway.Tests.Spdy;

public sealed class InflaterTests
{
    [Theory]
    [InlineData(CompressionLevel.SmallestSize)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.NoCompression)]
    public void Inflate_PiecesOfAnyText_AreWhatThePlatformCompressed(CompressionLevel level)
    {
        const int Seed = 5;
        var random = new Random(Seed);
        using var compressed = new MemoryStream();
        using var deflate = new DeflateStream(compressed, level, leaveOpen: true);
        var inflater = new Inflater([]);
        for (var piece = 0; piece < 60; piece++)
        {
            // Few letters make matches, long and far ones too: a piece may be longer than the window.
            var plain = new byte[random.Next(1, piece % 10 == 9 ? 80_000 : 3_000)];
            for (var i = 0; i < plain.Length; i++)
                plain[i] = (byte)(i > 600 && random.Next(8) > 0 ? plain[i - 500] : random.Next(piece % 3 == 0 ? 4 : 256));
            compressed.SetLength(0);
            deflate.Write(plain);
            deflate.Flush();

            inflater.Inflate(compressed.ToArray(), limit: plain.Length).ShouldBe(plain, $"piece {piece}");
        }
    }

    [Fact]
    public void Inflate_MoreThanTheLimit_IsRefused()
    {
        using var compressed = new MemoryStream();
        using var deflate = new DeflateStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true);
        deflate.Write(new byte[1_000_000]);
        deflate.Flush();

        Should.Throw<SpdyException>(() => new Inflater([]).Inflate(compressed.ToArray(), limit: 999_999)).Message.ShouldBe("headers are too large");
    }

    [Fact]
    public void Dictionary_HasTheSumThatStreamsNameItBy()
    {
        var (a, b) = (1u, 0u);
        foreach (var value in SpdyDictionary.Bytes)
            (a, b) = ((a + value) % 65521, (b + a + value) % 65521);

        ((b << 16) | a).ShouldBe(SpdyDictionary.Id);
    }
}
