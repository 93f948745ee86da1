namespace MemberCluster.Agent.Runtime.Docker;

internal sealed class DockerAttachedStream(
    DockerHttp http,
    EngineCall call,
    UpgradedConnection connection,
    Func<CancellationToken, IAsyncEnumerable<OutputChunk>> read,
    string resizePath,
    Func<CancellationToken, Task<int?>> getExitCode) : IAttachedStream
{
    public IAsyncEnumerable<OutputChunk> ReadAsync(CancellationToken cancellationToken) => read(cancellationToken);

    public async Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await connection.Stream.WriteAsync(data, cancellationToken);
            await connection.Stream.FlushAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw http.Broken(call, exception);
        }
    }

    public Task CloseInputAsync(CancellationToken cancellationToken) => connection.CloseWritingAsync(cancellationToken);

    public Task ResizeAsync(int columns, int rows, CancellationToken cancellationToken) =>
        http.SendAsync(call, HttpMethod.Post, DockerPath.WithQuery(resizePath, ("w", $"{columns}"), ("h", $"{rows}")), cancellationToken);

    public Task<int?> GetExitCodeAsync(CancellationToken cancellationToken) => getExitCode(cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
