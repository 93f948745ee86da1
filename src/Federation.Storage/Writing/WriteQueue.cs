using System.Threading.Channels;

namespace Federation.Storage.Writing;

/// <summary>The bounded queue in front of a store's one writer. While a transaction syncs, the next one's writes gather here: that is the group commit.</summary>
internal sealed class WriteQueue
{
    // A transaction this large takes a few milliseconds to execute and costs one sync, so larger ones gain nothing and delay their first writer.
    public const int MaxBatchWrites = 256;
    public const int MaxBatchBytes = 4 * 1024 * 1024;

    private readonly Channel<PendingWrite> _channel;

    public WriteQueue(int capacity) => _channel = Channel.CreateBounded<PendingWrite>(new BoundedChannelOptions(capacity) { SingleReader = true });

    /// <summary>Queues a write, waiting for a place when the queue is full, and waits for its outcome.</summary>
    public async Task<WriteOutcome> SubmitAsync(ObjectWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (write is ObjectWrite.Put { Json.Length: > WriteOutcome.TooLarge.Limit } put)
            return new WriteOutcome.TooLarge(put.Json.Length);
        var pending = new PendingWrite(write);
        try
        {
            await _channel.Writer.WriteAsync(pending, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw Closed();
        }

        return await pending.Task.WaitAsync(cancellationToken);
    }

    public ValueTask<bool> WaitAsync() => _channel.Reader.WaitToReadAsync();

    /// <summary>Moves what is queued into an empty batch.</summary>
    public void Gather(List<PendingWrite> batch)
    {
        var bytes = 0;
        while (batch.Count < MaxBatchWrites && bytes < MaxBatchBytes && _channel.Reader.TryRead(out var pending))
        {
            batch.Add(pending);
            bytes += pending.Weight;
        }
    }

    /// <summary>Takes no more writes; those queued are still written.</summary>
    public void Close() => _channel.Writer.TryComplete();

    public static StoreUnavailableException Closed() => new(StoreUnavailableReason.Closed, "The store is closed.");
}
