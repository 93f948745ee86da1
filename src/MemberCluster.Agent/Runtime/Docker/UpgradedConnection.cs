namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>A connection that HTTP has left: bytes in both directions.</summary>
internal sealed class UpgradedConnection(HttpMessageInvoker invoker, HttpResponseMessage response, Stream stream, DockerConnection connection) : IAsyncDisposable
{
    public Stream Stream => stream;

    /// <summary>End of what we send; the other direction stays open.</summary>
    public async Task CloseWritingAsync(CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken);
        await connection.CloseWritingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        response.Dispose();
        invoker.Dispose();
    }
}
