using Federation.Api;

namespace Federation.Storage;

/// <summary>What a change did to the object's row. Numbers are stored: never renumber.</summary>
public enum ChangeType
{
    Put = 1,
    Delete = 2,
}

/// <summary>One entry of the change log.</summary>
/// <param name="Revision">Its place in the log: gap-free within one history, in commit order, over all kinds.</param>
/// <param name="IsCreate">A put of a key that did not exist: what a watch calls ADDED.</param>
/// <param name="Json">The object after the change; for a delete, its last state.</param>
/// <param name="PreviousRevision">The revision this change replaced; 0 for a create.</param>
/// <param name="PreviousJson">The object before the change; null for a create and when it was not asked for.</param>
public sealed record Change(
    long Revision,
    ChangeType Type,
    bool IsCreate,
    ObjectKey Key,
    string Uid,
    long Generation,
    ReadOnlyMemory<byte> Json,
    long PreviousRevision,
    ReadOnlyMemory<byte>? PreviousJson = null);

/// <summary>The answer to reading the log from a revision on.</summary>
public abstract record ChangePage
{
    private ChangePage()
    {
    }

    /// <summary>The changes that directly follow the revision asked for; empty when there are none yet.</summary>
    /// <param name="CurrentRevision">The newest revision of the store at the moment of reading.</param>
    public sealed record Page(IReadOnlyList<Change> Changes, long CurrentRevision) : ChangePage;

    /// <summary>The log no longer reaches back that far: read a snapshot and go on from its revision. HTTP 410 <c>Expired</c> upstream.</summary>
    /// <param name="CompactedRevision">The log can be read after this revision.</param>
    public sealed record Compacted(long CompactedRevision) : ChangePage;
}
