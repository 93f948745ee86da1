using Federation.Api.Meta;
using Federation.Api.Streams;

namespace Federation.Gateway.Streams;

/// <summary>Who runs a command or joins a process, whatever protocol it speaks.</summary>
internal interface IRemoteClient : IAsyncDisposable
{
    /// <summary>Passes on what the client sends; returns when the client is gone or has heard the result.</summary>
    Task CopyInputAsync(TunnelInput input, CancellationToken cancellationToken);

    /// <param name="channel"><see cref="StreamChannel.Output"/> or <see cref="StreamChannel.Error"/>.</param>
    /// <param name="data">Any length.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="IOException">The client is gone.</exception>
    Task WriteAsync(StreamChannel channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Says how it ended. The client closes the connection then.</summary>
    /// <exception cref="IOException">The client is gone.</exception>
    Task EndAsync(Status result, CancellationToken cancellationToken);
}

/// <summary>Which streams a client asks for.</summary>
internal sealed record RemoteStreams(bool Stdin, bool Stdout, bool Stderr, bool Tty);
