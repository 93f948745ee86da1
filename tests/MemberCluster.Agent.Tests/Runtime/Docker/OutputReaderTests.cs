using System.Buffers.Binary;
using System.Text;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

public sealed class OutputReaderTests
{
    private static readonly EngineCall Call = new("read output");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Read_FramesCutAnywhere_AreWhole(int pieceLength)
    {
        var bytes = (byte[])[.. Frame(1, "one"), .. Frame(2, ""), .. Frame(2, "error"), .. Frame(0, "two"), .. Frame(1, new string('x', 100_000))];
        var (text, error) = await ReadAsync(new PiecewiseStream(bytes, pieceLength), tty: false);
        text.ShouldBe("onetwo" + new string('x', 100_000));
        error.ShouldBe("error");
    }

    [Theory]
    [InlineData(4)]    // within a header
    [InlineData(9)]    // within a frame
    public async Task Read_EndsInTheMiddle_IsUnavailable(int length)
    {
        var failure = await Should.ThrowAsync<RuntimeException>(() => ReadAsync(new MemoryStream(Frame(1, "text")[..length]), tty: false));
        failure.Failure.ShouldBe(RuntimeFailure.EngineUnavailable);
    }

    [Fact]
    public async Task Read_EngineSaysItFailed_Throws()
    {
        var failure = await Should.ThrowAsync<RuntimeException>(() => ReadAsync(new MemoryStream(Frame(3, "log driver broke\n")), tty: false));
        failure.EngineMessage.ShouldBe("log driver broke");
    }

    [Fact]
    public async Task Read_LinesThatArriveTogether_AreOneChunk_AndTheOrderOfStreamsIsKept()
    {
        var bytes = (byte[])[.. Frame(1, "one\n"), .. Frame(1, "two\n"), .. Frame(2, "no\n"), .. Frame(1, "three\n")];
        var chunks = new List<string>();
        await foreach (var chunk in OutputReader.ReadAsync(new MemoryStream(bytes), tty: false, Call, CancellationToken.None))
            chunks.Add($"{chunk.Stream}: {Encoding.UTF8.GetString(chunk.Data.Span)}");

        chunks.ShouldBe(["StandardOutput: one\ntwo\n", "StandardError: no\n", "StandardOutput: three\n"]);
    }

    [Fact]
    public async Task Read_NoFrames_IsAFault()
    {
        var failure = await Should.ThrowAsync<RuntimeException>(() => ReadAsync(new MemoryStream("plain text that is no frame"u8.ToArray()), tty: false));
        failure.Failure.ShouldBe(RuntimeFailure.EngineFault);
    }

    [Fact]
    public async Task Read_Terminal_IsTakenAsItIs() =>
        (await ReadAsync(new MemoryStream("plain\r\n"u8.ToArray()), tty: true)).ShouldBe(("plain\r\n", ""));

    private static byte[] Frame(byte kind, string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var header = new byte[8];
        header[0] = kind;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), payload.Length);
        return [.. header, .. payload];
    }

    private static async Task<(string Out, string Error)> ReadAsync(Stream stream, bool tty)
    {
        var texts = new StringBuilder[] { new(), new(), new() };
        await foreach (var chunk in OutputReader.ReadAsync(stream, tty, Call, CancellationToken.None))
            texts[(int)chunk.Stream].Append(Encoding.UTF8.GetString(chunk.Data.Span));
        return (texts[1].ToString(), texts[2].ToString());
    }

    /// <summary>Gives no more than so many bytes at once, as a network does.</summary>
    private sealed class PiecewiseStream(byte[] content, int pieceLength) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, pieceLength)], cancellationToken);
    }
}
