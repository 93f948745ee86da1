using System.Buffers.Binary;
using Federation.Gateway.Spdy;
using Federation.TestKit.Streams;

namespace Federation.Gateway.Tests.Spdy;

/// <summary>The other side of a <see cref="SpdySession"/>: writes frames byte by byte, and reads what comes.</summary>
internal sealed class SpdyPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly HeaderBlocks _blocks = new();
    private readonly DuplexStream _wire;

    public SpdyPeer()
    {
        (_wire, var other) = DuplexStream.CreatePair();
        Session = new SpdySession(other);
        Running = Session.RunAsync(CancellationToken.None);
    }

    public SpdySession Session { get; }

    public Task Running { get; }

    public Task SendAsync(params byte[] bytes) => _wire.WriteAsync(bytes).AsTask();

    public async Task<SpdyStream> OpenAsync(int id, bool isFin = false, params (string, string)[] headers)
    {
        var block = _blocks.Write(headers);
        await SendAsync([0x80, 3, 0, 1, (byte)(isFin ? 1 : 0), .. Length(10 + block.Length), 0, 0, 0, (byte)id, 0, 0, 0, 0, 0, 0, .. block]);
        (await ReadAsync()).Word.ShouldBe(0x80030002, "SYN_REPLY");
        return await Session.Opened.ReadAsync(Deadline());
    }

    public Task SendDataAsync(int id, ReadOnlySpan<byte> data, bool isFin = false) => SendAsync([0, 0, 0, (byte)id, (byte)(isFin ? 1 : 0), .. Length(data.Length), .. data]);

    /// <summary>The next frame: its first word, its flags, and what follows.</summary>
    public async Task<(uint Word, byte Flags, byte[] Payload)> ReadAsync()
    {
        var head = new byte[8];
        await _wire.ReadExactlyAsync(head, Deadline());
        var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4)) & 0xFFFFFF];
        await _wire.ReadExactlyAsync(payload, Deadline());
        return (BinaryPrimitives.ReadUInt32BigEndian(head), head[4], payload);
    }

    public void HangUp() => _wire.Dispose();

    public async ValueTask DisposeAsync()
    {
        HangUp();
        await Session.DisposeAsync();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public static CancellationToken Deadline() => new CancellationTokenSource(Patience).Token;

    private static byte[] Length(int length) => [(byte)(length >> 16), (byte)(length >> 8), (byte)length];
}
