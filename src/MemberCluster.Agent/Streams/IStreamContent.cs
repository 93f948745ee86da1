using Federation.Api.Streams;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Streams;

/// <summary>What a stream is made of: a log, a command, a connection.</summary>
internal interface IStreamContent : IAsyncDisposable
{
    /// <summary>Copies until it ends. The caller closes the stream then.</summary>
    Task CopyAsync(StreamTunnel tunnel, CancellationToken cancellationToken);
}

/// <summary>Why a stream cannot be given.</summary>
/// <param name="Code">The HTTP status that the asker gets.</param>
/// <param name="Message">A sentence for the asker.</param>
internal sealed record StreamRefusal(int Code, string Message)
{
    public static StreamRefusal Of(RuntimeException failed) => new(
        failed.Failure switch
        {
            RuntimeFailure.NotFound => 404,
            RuntimeFailure.Conflict or RuntimeFailure.InvalidRequest => 400,
            _ => 500,
        },
        failed.Message);
}
