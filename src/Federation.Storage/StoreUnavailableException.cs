namespace Federation.Storage;

/// <summary>Why the store cannot be used right now.</summary>
public enum StoreUnavailableReason
{
    /// <summary>The database refused in a way that has no name of its own here; the message has its words.</summary>
    Failed,

    /// <summary>No space is left for the database (or its quota is used up).</summary>
    DiskFull,

    /// <summary>The disk reports errors, or the database file is damaged.</summary>
    Damaged,

    /// <summary>The database server does not answer, or the connection broke.</summary>
    Unreachable,

    /// <summary>The file or the server may not be used by this process.</summary>
    PermissionDenied,

    /// <summary>Another process has this store open and it can serve only one.</summary>
    InUse,

    /// <summary>The store was written by a newer program.</summary>
    SchemaTooNew,

    /// <summary>The store was closed while the call was under way.</summary>
    Closed,
}

/// <summary>The database is broken, full or away: nothing the caller asked for is wrong.</summary>
/// <remarks>A write that ends like this was not acknowledged; it may still have been made (the answer to a commit can be lost). Read before trying again.</remarks>
public sealed class StoreUnavailableException(StoreUnavailableReason reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public StoreUnavailableReason Reason { get; } = reason;
}
