using SQLitePCL;

namespace Federation.Storage.Sqlite;

/// <summary>One connection to the database file, used by one thread at a time.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    // Only a checkpoint of another connection of this process can be in the way, and only for moments.
    private const int BusyTimeoutMilliseconds = 5_000;

    private readonly List<SqliteStatement> _statements = [];
    private readonly string _path;
    private readonly sqlite3 _handle;

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(string path, bool writable)
    {
        _path = path;
        var flags = writable ? raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE : raw.SQLITE_OPEN_READONLY;
        var code = raw.sqlite3_open_v2(path, out _handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code != raw.SQLITE_OK)
        {
            var error = Error(code);
            _handle?.Dispose();
            throw error;
        }

        _ = raw.sqlite3_extended_result_codes(_handle, 1);
        _ = raw.sqlite3_busy_timeout(_handle, BusyTimeoutMilliseconds);
    }

    public int RowsChanged => raw.sqlite3_changes(_handle);

    public static SqliteDatabase OpenWriter(string path)
    {
        var database = new SqliteDatabase(path, writable: true);
        try
        {
            // 8 KiB holds three 2 KiB objects in a page where 4 KiB holds one; larger pages only make a lone write's log entry longer.
            // The page size matters for a new file only. FULL syncs the log at every commit, which an acknowledgement promises.
            database.Execute("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public static SqliteDatabase OpenReader(string path)
    {
        var database = new SqliteDatabase(path, writable: false);
        try
        {
            database.Execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Reads a store that another process may be writing.</summary>
    public static SqliteDatabase OpenCopier(string path) => new(path, writable: false);

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public SqliteStatement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        var statement = new SqliteStatement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    public void Execute(string sql)
    {
        var code = raw.sqlite3_exec(_handle, sql);
        if (code != raw.SQLITE_OK)
            throw Error(code);
    }

    public long ReadNumber(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        using var statement = new SqliteStatement(this, handle);
        return statement.ReadNumber() ?? 0;
    }

    /// <summary>Takes back the open transaction, if the failure that led here has not done so already.</summary>
    public void Rollback()
    {
        foreach (var statement in _statements)
            statement.Reset();
        if (raw.sqlite3_get_autocommit(_handle) == 0)
            Execute("ROLLBACK");
    }

    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw Error(code);
    }

    public StoreUnavailableException Error(int code)
    {
        var words = _handle is null ? "no handle" : raw.sqlite3_errmsg(_handle).utf8_to_string();
        return new StoreUnavailableException(SqliteErrors.Reason(code), $"{_path}: {SqliteErrors.Explain(code)} (SQLite {code}: {words}).");
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
        _handle.Dispose();
    }
}
