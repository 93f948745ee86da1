using System.IO.Pipelines;
using Federation.Api.Agents;
using Federation.Api.Streams;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Streams;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Snapshots;

/// <summary>Volumes of items for whoever stores them or begins a pet from them.</summary>
internal sealed class SnapshotSource(TakenVolumes taken, SnapshotDirectory? directory)
{
    /// <param name="request">With a volume of an item.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="RuntimeException">The engine's refusal.</exception>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public async Task<(IStreamContent? Content, StreamRefusal? Refusal)> OpenAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        var wanted = request.Volume!;
        var item = new PartKey(wanted.Snapshot!.Uid, wanted.Snapshot.Id, wanted.Part);
        if (await OpenAsync(item, wanted.Claim, cancellationToken) is { } tar)
            return (new Content(tar, wanted.Skip), null);
        return (null, new StreamRefusal(404, item.Part == WorkSnapshotPart.Taken
            ? $"nothing of item {item.Id} is waiting on this machine to be stored, or not the whole of volume {wanted.Claim}"
            : directory is null ? "this machine has no directory for snapshots" : $"volume {wanted.Claim} of item {item.Id} is not in {directory.Root}"));
    }

    /// <summary>What was taken on this very machine, without asking anybody.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.NotFound"/>, and what else the engine refuses.</exception>
    public async Task<Stream> OpenTakenAsync(SnapshotQuery query, CancellationToken cancellationToken)
    {
        var tar = await OpenAsync(new PartKey(query.Uid, query.Id, WorkSnapshotPart.Taken), query.Claim, cancellationToken)
            ?? throw new RuntimeException(RuntimeFailure.NotFound, $"Nothing of item {query.Id} is waiting on this machine to be stored.");
        var pipe = new Pipe();
        _ = RelayAsync(tar, query.Skip, pipe.Writer, cancellationToken);
        return pipe.Reader.AsStream();
    }

    private async Task<OpenTar?> OpenAsync(PartKey item, string claim, CancellationToken cancellationToken)
    {
        if (item.Part == WorkSnapshotPart.Stored)
            return directory?.OpenTar(item.Uid, item.Id, claim) is { } file ? new OpenTar(_ => Task.FromResult<Stream>(file), file) : null;
        if (!await taken.IsWholeAsync(item, [claim], cancellationToken))
            return null;
        var contents = await taken.OpenAsync(taken.NameOf(item, claim), cancellationToken);
        return new OpenTar(contents.ReadAsync, contents);
    }

    private static async Task RelayAsync(OpenTar opened, long skip, PipeWriter output, CancellationToken cancellationToken)
    {
        try
        {
            await using (opened)
            {
                await using var tar = await opened.ReadAsync(cancellationToken);
                await VolumeRelay.CopyAsync(tar, skip, async (part, token) => Check(await output.WriteAsync(part, token)), cancellationToken);
            }

            await output.CompleteAsync();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or RuntimeException or OperationCanceledException)
        {
            // The reader learns that it was cut.
            await output.CompleteAsync(exception as IOException ?? new IOException(exception.Message, exception));
        }
    }

    private static void Check(FlushResult flushed)
    {
        if (flushed.IsCompleted)
            throw new OperationCanceledException("nobody reads any more");
    }

    /// <summary>A tar that can be read once.</summary>
    private sealed class OpenTar(Func<CancellationToken, Task<Stream>> read, IAsyncDisposable owner) : IAsyncDisposable
    {
        public Task<Stream> ReadAsync(CancellationToken cancellationToken) => read(cancellationToken);

        public ValueTask DisposeAsync() => owner.DisposeAsync();
    }

    private sealed class Content(OpenTar opened, long skip) : IStreamContent
    {
        public async Task CopyAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
        {
            await using var tar = await opened.ReadAsync(cancellationToken);
            await VolumeRelay.CopyAsync(tar, skip, (part, token) => tunnel.WriteAsync(StreamChannel.Output, part, token), cancellationToken);
        }

        public ValueTask DisposeAsync() => opened.DisposeAsync();
    }
}
