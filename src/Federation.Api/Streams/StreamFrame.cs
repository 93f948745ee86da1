namespace Federation.Api.Streams;

/// <summary>What a frame between gateway and agent carries: its first byte. The first five are Kubernetes' channels, so that nothing has to be renumbered on the way.</summary>
public enum StreamChannel : byte
{
    /// <summary>To the agent: standard input, or what the client of a forwarded port sends.</summary>
    Input = 0,

    /// <summary>From the agent: standard output, a log, or what a forwarded port answers.</summary>
    Output = 1,

    /// <summary>From the agent: standard error.</summary>
    Error = 2,

    /// <summary>From the agent, at the end: a <see cref="StreamResult"/>.</summary>
    Result = 3,

    /// <summary>To the agent: a <see cref="TerminalSize"/>.</summary>
    Resize = 4,

    /// <summary>Four bytes, big endian: so much may be under way from now on; see <see cref="StreamTunnel.WidenAsync"/>. Never passed on.</summary>
    Window = 253,

    /// <summary>Four bytes, big endian: so much more may be sent. Never passed on.</summary>
    Credit = 254,

    /// <summary>One byte: the channel on which nothing more comes.</summary>
    End = 255,
}

/// <summary>A piece of a stream; its bytes are good until the next one is read.</summary>
/// <param name="Channel">Never <see cref="StreamChannel.End"/>, <see cref="StreamChannel.Credit"/> or <see cref="StreamChannel.Window"/>.</param>
/// <param name="Data">Empty at an end.</param>
/// <param name="IsEnd">Nothing more comes on this channel.</param>
public readonly record struct StreamFrame(StreamChannel Channel, ReadOnlyMemory<byte> Data, bool IsEnd = false);

/// <summary>How a command ended.</summary>
public sealed record StreamResult
{
    /// <summary>Null: it did not end by itself, and <see cref="Problem"/> says what happened.</summary>
    public int? ExitCode { get; init; }

    /// <summary>A sentence; null when all went well.</summary>
    public string? Problem { get; init; }
}

/// <summary>Of a terminal, in characters.</summary>
public readonly record struct TerminalSize(int Width, int Height);

/// <summary>The other end of a stream is gone, or the way to it.</summary>
public sealed class StreamEndedException : IOException
{
    public StreamEndedException()
        : this("the other end of the stream is gone")
    {
    }

    public StreamEndedException(string message)
        : base(message)
    {
    }

    public StreamEndedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
