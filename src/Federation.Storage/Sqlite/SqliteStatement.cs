using SQLitePCL;

namespace Federation.Storage.Sqlite;

/// <summary>A prepared statement, used by one thread at a time. Parameters are numbered from 1, columns from 0.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt statement) : IDisposable
{
    public SqliteStatement Bind(int parameter, long value)
    {
        database.Check(raw.sqlite3_bind_int64(statement, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, long? value)
    {
        database.Check(value is { } number ? raw.sqlite3_bind_int64(statement, parameter, number) : raw.sqlite3_bind_null(statement, parameter));
        return this;
    }

    public SqliteStatement Bind(int parameter, string value)
    {
        database.Check(raw.sqlite3_bind_text(statement, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, ReadOnlyMemory<byte> value)
    {
        database.Check(raw.sqlite3_bind_blob(statement, parameter, value.Span));
        return this;
    }

    /// <summary>Moves to the next row; false: there is none, and the statement is ready to be used again.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW)
            return true;
        Reset();
        if (code != raw.SQLITE_DONE)
            throw database.Error(code);
        return false;
    }

    /// <summary>Runs to the end and returns how many rows were inserted, updated or deleted.</summary>
    public int Execute()
    {
        while (Step())
        {
        }

        return database.RowsChanged;
    }

    /// <summary>Runs a statement that gives at most one row with one number.</summary>
    public long? ReadNumber()
    {
        if (!Step())
            return null;
        var number = IsNull(0) ? (long?)null : GetInt64(0);
        Reset();
        return number;
    }

    // sqlite3_reset repeats the error of the last step, which Step has reported.
    public void Reset() => _ = raw.sqlite3_reset(statement);

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    public string GetString(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public byte[] GetBytes(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

    public void Dispose() => statement.Dispose();
}
