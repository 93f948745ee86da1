using SQLitePCL;

namespace Federation.Storage.Sqlite;

/// <summary>SQLite's result codes in the store's words. https://sqlite.org/rescode.html</summary>
internal static class SqliteErrors
{
    // The index of the log lives in a file mapped into memory; that it cannot grow is how SQLite reports a full disk there.
    private const int IoErrorGrowingLogIndex = raw.SQLITE_IOERR | (19 << 8);

    public static StoreUnavailableReason Reason(int code) => code switch
    {
        IoErrorGrowingLogIndex => StoreUnavailableReason.DiskFull,
        _ => (code & 0xff) switch
        {
            raw.SQLITE_FULL => StoreUnavailableReason.DiskFull,
            raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => StoreUnavailableReason.Damaged,
            raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_AUTH or raw.SQLITE_CANTOPEN => StoreUnavailableReason.PermissionDenied,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => StoreUnavailableReason.InUse,
            _ => StoreUnavailableReason.Failed,
        },
    };

    public static string Explain(int code) => Reason(code) switch
    {
        StoreUnavailableReason.DiskFull => "the disk is full",
        StoreUnavailableReason.Damaged => "the disk reports an error or the file is damaged",
        StoreUnavailableReason.PermissionDenied => "the file cannot be opened or written",
        StoreUnavailableReason.InUse => "another process keeps the file locked",
        _ => "the database failed",
    };
}
