using Federation.Api;

namespace Federation.Storage;

/// <summary>One write to one object.</summary>
public abstract record ObjectWrite
{
    private ObjectWrite(ObjectKey key) => Key = key;

    public ObjectKey Key { get; }

    /// <summary>Creates or replaces the object and appends to the log. Settles a claim on its timer and sets the timer anew.</summary>
    /// <param name="Json">UTF-8 JSON without <c>metadata.resourceVersion</c>; at most <see cref="WriteOutcome.TooLarge.Limit"/> bytes; must not be modified afterwards.</param>
    /// <param name="ReconcileDue">The next time its controller must look at it; null: never by itself.</param>
    /// <param name="ExpectedRevision">The revision this write was computed from; 0: the object must not exist.</param>
    public sealed record Put(ObjectKey Key, string Uid, long Generation, ReadOnlyMemory<byte> Json, DateTimeOffset? ReconcileDue, long ExpectedRevision) : ObjectWrite(Key);

    /// <summary>Removes the object and its timer and appends its last state to the log.</summary>
    public sealed record Delete(ObjectKey Key, long ExpectedRevision) : ObjectWrite(Key);

    /// <summary>Sets the timer and settles a claim on it, without a change in the log: no watcher wakes, the object keeps its revision.</summary>
    public sealed record SetReconcileDue(ObjectKey Key, DateTimeOffset? ReconcileDue, long ExpectedRevision) : ObjectWrite(Key);
}

/// <summary>What became of a write.</summary>
public abstract record WriteOutcome
{
    private WriteOutcome()
    {
    }

    /// <summary>Durable. <paramref name="Revision"/> is the new revision (for <see cref="ObjectWrite.SetReconcileDue"/> the one it had and keeps).</summary>
    public sealed record Written(long Revision) : WriteOutcome;

    /// <summary>Nothing was written: the object is at another revision than expected; 0: it does not exist.</summary>
    public sealed record Conflict(long CurrentRevision) : WriteOutcome;

    /// <summary>Nothing was written: the JSON is longer than the store takes.</summary>
    public sealed record TooLarge(int Bytes) : WriteOutcome
    {
        /// <summary>1.5 MiB, as in Kubernetes: what a watch event may weigh before every watcher suffers.</summary>
        public const int Limit = 1536 * 1024;
    }
}
