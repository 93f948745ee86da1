namespace Federation.Storage.Cache;

/// <summary>One link of a chain of changes: empty while it is the newest, then filled, at last emptied again when memory is needed.</summary>
/// <remarks>Readers hold the node they read next. Emptying it is how a slow reader learns that it is slow, and why it cannot keep old changes alive.</remarks>
internal sealed class EventNode
{
    private readonly TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Content? _content;

    /// <summary>Completes when the node is filled or ended.</summary>
    public Task Filled => _filled.Task;

    /// <summary>Null: nothing has happened yet.</summary>
    public Content? Current => Volatile.Read(ref _content);

    /// <summary>Fills the node and returns the empty one that follows it.</summary>
    public EventNode Fill(CacheEvent[] events)
    {
        var next = new EventNode();
        Volatile.Write(ref _content, new Content(events, next, null));
        _filled.TrySetResult();
        return next;
    }

    /// <summary>Lets go of the changes; whoever has not read them is told why.</summary>
    public void Finish(SubscriptionEnd end)
    {
        Volatile.Write(ref _content, new Content([], null, end));
        _filled.TrySetResult();
    }

    internal sealed record Content(CacheEvent[] Events, EventNode? Next, SubscriptionEnd? End);
}
