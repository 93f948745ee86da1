using System.IO.Pipelines;
using System.Text;
using Federation.Gateway.Spdy;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Spdy;

public sealed class SpdySessionTests
{
    [Fact]
    public async Task Stream_BothDirections_CarryDataAndEndByThemselves()
    {
        await using var peer = new SpdyPeer();
        var stream = await peer.OpenAsync(1, headers: [("streamType", "data"), ("port", "80")]);
        stream.Headers["streamtype"].ShouldBe("data");

        await peer.SendDataAsync(1, "he"u8);
        await peer.SendDataAsync(1, "llo"u8, isFin: true);
        (await ReadToEndAsync(stream.Input)).ShouldBe("hello");
        await stream.WriteAsync("answer"u8.ToArray(), SpdyPeer.Deadline());
        await stream.EndAsync(SpdyPeer.Deadline());

        var (word, flags, payload) = await peer.ReadAsync();
        (word, flags, Encoding.UTF8.GetString(payload)).ShouldBe((1u, (byte)0, "answer"));
        (word, flags, payload) = await peer.ReadAsync();
        (word, flags, payload.Length).ShouldBe((1u, (byte)1, 0));
        await Should.ThrowAsync<IOException>(() => stream.WriteAsync("late"u8.ToArray(), SpdyPeer.Deadline()));
    }

    [Fact]
    public async Task Stream_LongData_IsCutSoThatStreamsTakeTurns()
    {
        await using var peer = new SpdyPeer();
        var stream = await peer.OpenAsync(1);
        var writing = stream.WriteAsync(new byte[100_000], SpdyPeer.Deadline());

        var sizes = new List<int>();
        while (sizes.Sum() < 100_000)
            sizes.Add((await peer.ReadAsync()).Payload.Length);

        await writing;
        sizes.ShouldBe([32768, 32768, 32768, 1696]);
    }

    [Fact]
    public async Task Ping_OfTheOtherSide_ComesBack()
    {
        await using var peer = new SpdyPeer();
        await peer.SendAsync(0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 7);
        var (word, _, payload) = await peer.ReadAsync();
        word.ShouldBe(0x80030006);
        payload.ShouldBe([0, 0, 0, 7]);
    }

    [Fact]
    public async Task Frames_WithoutAMeaningHere_AreReadOver()
    {
        await using var peer = new SpdyPeer();
        await peer.SendAsync(0x80, 3, 0, 4, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 100);   // SETTINGS
        await peer.SendAsync(0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0, 0, 1, 0, 0);                  // WINDOW_UPDATE
        await peer.SendAsync(0x80, 3, 0, 7, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0);                  // GOAWAY
        await peer.SendAsync(0x80, 3, 0, 99, 0, 0, 0, 1, 0);                                      // unknown
        await peer.SendDataAsync(55, "of a stream that never was"u8);

        (await peer.OpenAsync(3)).Id.ShouldBe(3);
    }

    [Fact]
    public async Task Reset_ByTheOtherSide_EndsOneStreamOnly()
    {
        await using var peer = new SpdyPeer();
        var (first, second) = (await peer.OpenAsync(1), await peer.OpenAsync(3));

        await peer.SendAsync(0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 5);

        await first.Aborted.WaitAsync(SpdyPeer.Deadline());
        await Should.ThrowAsync<IOException>(async () => await first.Input.ReadAsync(SpdyPeer.Deadline()));
        await Should.ThrowAsync<IOException>(() => first.WriteAsync("late"u8.ToArray(), SpdyPeer.Deadline()));
        await peer.SendDataAsync(3, "on"u8, isFin: true);
        (await ReadToEndAsync(second.Input)).ShouldBe("on");
    }

    [Fact]
    public async Task Reset_FromHere_IsSentAndWhatComesLaterIsReadOver()
    {
        await using var peer = new SpdyPeer();
        var stream = await peer.OpenAsync(1);
        await stream.Input.CompleteAsync();
        await stream.ResetAsync(SpdyResetCode.Cancel, SpdyPeer.Deadline());

        var (word, _, payload) = await peer.ReadAsync();
        word.ShouldBe(0x80030003);
        payload.ShouldBe([0, 0, 0, 1, 0, 0, 0, 5]);
        await peer.SendDataAsync(1, new byte[600_000]);
        (await peer.OpenAsync(3)).Id.ShouldBe(3);
    }

    [Fact]
    public async Task Stream_ReaderHasGone_DoesNotHoldUpTheOthers()
    {
        await using var peer = new SpdyPeer();
        var (first, second) = (await peer.OpenAsync(1), await peer.OpenAsync(3));
        var sending = Task.Run(async () =>
        {
            await peer.SendDataAsync(1, new byte[1_000_000]);
            await peer.SendDataAsync(3, "on"u8, isFin: true);
        });

        await first.Input.CompleteAsync();

        (await ReadToEndAsync(second.Input)).ShouldBe("on");
        await sending;
    }

    [Fact]
    public async Task Stream_NobodyReads_TakesInNoMoreThanItsBuffer()
    {
        await using var peer = new SpdyPeer();
        var stream = await peer.OpenAsync(1);
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 1000; i++, Interlocked.Add(ref sent, 10_000))
                await peer.SendDataAsync(1, new byte[10_000]);
        });
        // The stream's own buffer, the wire's, and a frame on the way.
        await Eventually.TrueAsync(() => sent > 250_000, "it fills");
        sent.ShouldBeLessThan(500_000);

        await stream.Input.CompleteAsync();
        await sending;
    }

    [Fact]
    public async Task HangUp_StreamsAreOpen_EndsThemAll()
    {
        await using var peer = new SpdyPeer();
        var stream = await peer.OpenAsync(1);

        peer.HangUp();

        await peer.Running.WaitAsync(SpdyPeer.Deadline());
        await stream.Aborted.WaitAsync(SpdyPeer.Deadline());
        await Should.ThrowAsync<IOException>(async () => await stream.Input.ReadAsync(SpdyPeer.Deadline()));
        (await peer.Session.Opened.WaitToReadAsync(SpdyPeer.Deadline())).ShouldBeFalse();
    }

    [Theory]
    [InlineData("80020001000000", "another version")]
    [InlineData("8003000100ffffff", "a control frame of 16 MiB")]
    [InlineData("80030001000000020000", "a short SYN_STREAM")]
    [InlineData("800300010000000a00000002000000000000", "an even stream")]
    [InlineData("800300010000000c00000001000000000000ffff", "headers that are no zlib stream")]
    public async Task Run_BrokenFrames_EndTheSession(string hex, string what)
    {
        await using var peer = new SpdyPeer();
        await peer.SendAsync([.. Convert.FromHexString(hex), .. new byte[16]]);
        await Should.ThrowAsync<SpdyException>(() => peer.Running.WaitAsync(SpdyPeer.Deadline()), what);
    }

    private static async Task<string> ReadToEndAsync(PipeReader input)
    {
        using var reader = new StreamReader(input.AsStream());
        return await reader.ReadToEndAsync(SpdyPeer.Deadline());
    }
}
