namespace Federation.Gateway.Spdy;

/// <summary>What the other side sends is not SPDY/3.1, or more than it may be.</summary>
internal sealed class SpdyException(string message) : IOException(message);
