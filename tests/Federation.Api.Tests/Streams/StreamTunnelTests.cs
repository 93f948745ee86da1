using System.Net.WebSockets;
using System.Text;
using Federation.Api.Streams;
using Federation.TestKit.Streams;
using Federation.TestKit.Waiting;

namespace Federation.Api.Tests.Streams;

public sealed class StreamTunnelTests
{
    [Fact]
    public async Task Write_AnyLength_ArrivesInOrderAndWhole()
    {
        await using var gateway = NewPair(out var agent);
        await using var _ = agent;
        var sent = new byte[3 * StreamTunnel.Window];
        new Random(7).NextBytes(sent);
        var writing = Task.Run(async () =>
        {
            await agent.WriteAsync(StreamChannel.Output, sent, default);
            await agent.WriteAsync(StreamChannel.Error, "problem"u8.ToArray(), default);
            await agent.EndAsync(StreamChannel.Output, default);
            await agent.CloseAsync(default);
        });

        using var received = new MemoryStream();
        var (errors, ends) = ("", new List<StreamChannel>());
        while (await gateway.ReadAsync(Deadline()) is { } frame)
        {
            frame.Data.Length.ShouldBeLessThanOrEqualTo(StreamTunnel.LargestData);
            if (frame.IsEnd)
                ends.Add(frame.Channel);
            else if (frame.Channel == StreamChannel.Error)
                errors += Encoding.UTF8.GetString(frame.Data.Span);
            else
                received.Write(frame.Data.Span);
        }

        await writing;
        received.ToArray().ShouldBe(sent);
        (errors, ends).ShouldBe(("problem", ends));
        ends.ShouldBe([StreamChannel.Output]);
        gateway.Ended.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Write_NobodyReads_StopsAtTheWindowAndTheOtherDirectionGoesOn()
    {
        await using var gateway = NewPair(out var agent);
        await using var _ = agent;
        var written = 0;
        var writing = Task.Run(async () =>
        {
            while (true)
            {
                await agent.WriteAsync(StreamChannel.Output, new byte[1024], Deadline());
                Interlocked.Add(ref written, 1024);
            }
        });

        await Eventually.TrueAsync(() => written == StreamTunnel.Window, "the window is full");
        for (var i = 0; i < 1000; i++)
        {
            await gateway.WriteAsync(StreamChannel.Input, "typed"u8.ToArray(), Deadline());
            (await agent.ReadAsync(Deadline())).ShouldNotBeNull();
        }

        written.ShouldBe(StreamTunnel.Window);
        // Room for half a window is given back at once.
        for (var i = 0; i <= StreamTunnel.Window / 2 / 1024; i++)
            await gateway.ReadAsync(Deadline());
        await Eventually.TrueAsync(() => written > StreamTunnel.Window, "it goes on");
        await gateway.DisposeAsync();
        await Should.ThrowAsync<StreamEndedException>(() => writing);
    }

    [Fact]
    public async Task Widen_WriterIsBlocked_GoesOnToTheNewWindowAndNotFurther()
    {
        const int Wide = 4 * StreamTunnel.Window;
        await using var gateway = NewPair(out var agent);
        await using var _ = agent;
        var written = 0;
        var writing = Task.Run(async () =>
        {
            while (true)
            {
                await agent.WriteAsync(StreamChannel.Output, new byte[1024], Deadline());
                Interlocked.Add(ref written, 1024);
            }
        });
        await Eventually.TrueAsync(() => written == StreamTunnel.Window, "the window is full");

        await gateway.WidenAsync(Wide);
        await Eventually.TrueAsync(() => written == Wide, "the wide window is full");
        await gateway.WriteAsync(StreamChannel.Input, "typed"u8.ToArray(), Deadline());
        (await agent.ReadAsync(Deadline())).ShouldNotBeNull();
        written.ShouldBe(Wide);
        (await gateway.ReadAsync(Deadline())).ShouldNotBeNull();
        await gateway.DisposeAsync();
        await Should.ThrowAsync<StreamEndedException>(() => writing);
    }

    [Fact]
    public async Task Ended_OtherEndDies_IsToldToABlockedWriterAndToTheReader()
    {
        await using var gateway = NewPair(out var agent);
        var blocked = agent.WriteAsync(StreamChannel.Output, new byte[2 * StreamTunnel.Window], default).AsTask();

        await gateway.DisposeAsync();

        await Should.ThrowAsync<StreamEndedException>(() => blocked.WaitAsync(TimeSpan.FromSeconds(20)));
        await Should.ThrowAsync<StreamEndedException>(async () => await agent.ReadAsync(Deadline()));
        agent.Ended.IsCancellationRequested.ShouldBeTrue();
        await agent.DisposeAsync();
    }

    [Fact]
    public async Task Close_OtherEndStillWrites_LosesNothingThatWasSaidBefore()
    {
        await using var gateway = NewPair(out var agent);
        await using var _ = agent;
        await gateway.WriteAsync(StreamChannel.Input, new byte[StreamTunnel.Window / 2], Deadline());
        await agent.WriteAsync(StreamChannel.Result, "7"u8.ToArray(), Deadline());

        await agent.CloseAsync(Deadline());

        var frame = (await gateway.ReadAsync(Deadline())).ShouldNotBeNull();
        (frame.Channel, Encoding.UTF8.GetString(frame.Data.Span)).ShouldBe((StreamChannel.Result, "7"));
        (await gateway.ReadAsync(Deadline())).ShouldBeNull();
        await Should.ThrowAsync<StreamEndedException>(async () => await gateway.WriteAsync(StreamChannel.Input, "late"u8.ToArray(), Deadline()));
    }

    [Fact]
    public async Task Write_Cancelled_LeavesTheStreamUsable()
    {
        await using var gateway = NewPair(out var agent);
        await using var _ = agent;
        await agent.WriteAsync(StreamChannel.Output, new byte[StreamTunnel.Window - StreamTunnel.LargestData], Deadline());
        using var cancelled = new CancellationTokenSource();
        var writing = agent.WriteAsync(StreamChannel.Output, new byte[StreamTunnel.Window], cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => writing);

        await gateway.WriteAsync(StreamChannel.Input, "still there"u8.ToArray(), Deadline());

        (await agent.ReadAsync(Deadline())).ShouldNotBeNull().Channel.ShouldBe(StreamChannel.Input);
    }

    [Theory]
    [InlineData("more than the window")]
    [InlineData("credit for nothing")]
    [InlineData("a window beyond all")]
    [InlineData("a window that shrinks")]
    [InlineData("an empty frame")]
    [InlineData("a frame that is too long")]
    public async Task Receive_PeerBreaksTheRules_EndsTheStream(string how)
    {
        var (server, client) = TunnelPair.CreateSockets();
        await using var tunnel = new StreamTunnel(server);
        byte[] frame = how switch
        {
            "more than the window" => [1, 1],
            "credit for nothing" => [(byte)StreamChannel.Credit, 0, 0, 0, 1],
            "a window beyond all" => [(byte)StreamChannel.Window, 0x7f, 0xff, 0xff, 0xff],
            "a window that shrinks" => [(byte)StreamChannel.Window, 0, 0, 0, 1],
            "an empty frame" => [1],
            _ => new byte[StreamTunnel.LargestData + 2],
        };

        for (var i = 0; i <= (how == "more than the window" ? StreamTunnel.Window / 512 : 0); i++)
            await client.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, Deadline());

        await Eventually.TrueAsync(() => tunnel.Ended.IsCancellationRequested, "the stream ends");
        var broken = await Should.ThrowAsync<StreamEndedException>(async () =>
        {
            while (await tunnel.ReadAsync(Deadline()) is not null)
            {
            }
        });
        broken.Message.ShouldStartWith("the other end of the stream ");
    }

    private static StreamTunnel NewPair(out StreamTunnel agent)
    {
        (var gateway, agent) = TunnelPair.Create();
        return gateway;
    }

    private static CancellationToken Deadline() => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;
}
