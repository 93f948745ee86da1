using Federation.Api.Meta;
using Federation.Storage;

namespace Federation.Grains.Objects;

/// <summary>What an object grain persists: the object and its durable timer. The store's revision is the state's etag.</summary>
/// <remarks>Never leaves its silo: the storage writes it as a row, so it has no wire contract.</remarks>
internal sealed record ObjectRecord
{
    /// <summary>Without <c>metadata.resourceVersion</c>; null: there is no such object.</summary>
    public Resource? Object { get; set; }

    /// <summary>When the grain must look at the object again although nothing calls it; survives every crash.</summary>
    public DateTimeOffset? ReconcileDue { get; set; }

    /// <summary>The object as the store has it. While it is the same instance as <see cref="Object"/>, a write only moves the timer.</summary>
    public Resource? Stored { get; set; }

    /// <summary>Set on the record that a clear replaces: the revision of the delete.</summary>
    public long RemovedAt { get; set; }

    /// <summary>Set: the store could not be read, and nothing above means anything. Activation succeeds all the same, so that callers get a reason and not a broken grain.</summary>
    public StoreUnavailableException? Unread { get; set; }
}
