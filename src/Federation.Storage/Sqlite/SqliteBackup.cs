namespace Federation.Storage.Sqlite;

/// <summary>Copies of the store in one file: made while it is in use, and put back while it is not.</summary>
public static class SqliteBackup
{
    private const string CopySuffix = ".restoring";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly string[] Parts = ["", "-wal", "-shm"];

    /// <summary>Writes a copy of the store as it is at one moment, whether a process uses it or not. It holds what the store holds, secrets too: its owner alone may read it.</summary>
    /// <returns>The revision of the newest change in the copy.</returns>
    /// <exception cref="StoreUnavailableException">There is no store, it cannot be read, or the copy cannot be written.</exception>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static long Write(string path, string file)
    {
        if (!File.Exists(path))
            throw new StoreUnavailableException(StoreUnavailableReason.Failed, $"There is no store {path}.");
        using (new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            // The empty file is filled by the database itself, which keeps its mode.
        }

        try
        {
            using (var source = SqliteDatabase.OpenCopier(path))
                source.Execute($"VACUUM INTO '{file.Replace("'", "''", StringComparison.Ordinal)}'");
            Sync(file);
            return ReadRevision(file);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    /// <summary>Puts a copy in the place of the store, with a new identity: it has that before it is in its place. What was there is kept beside it.</summary>
    /// <returns>The revision that the store goes on from, and where the store that it replaces is; null: there was none.</returns>
    /// <exception cref="StoreUnavailableException">A process uses the store, or the copy is damaged, of another program, or of a newer version.</exception>
    public static (long Revision, string? Replaced) Restore(string path, string file, DateTimeOffset now)
    {
        if (!File.Exists(file))
            throw new StoreUnavailableException(StoreUnavailableReason.Failed, $"There is no file {file}.");
        using var processLock = SqliteLock.Take(path);
        var copy = path + CopySuffix;
        Remove(copy);
        File.Copy(file, copy);
        File.SetUnixFileMode(copy, OwnerOnly);
        var revision = Renew(copy, processLock.ReadMark());
        Sync(copy);
        var replaced = File.Exists(path) ? SetAside(path, now) : null;
        File.Move(copy, path);
        processLock.Mark(revision);
        return (revision, replaced);
    }

    /// <summary>Checks the copy, brings it up to date and gives it its identity; afterwards everything is in the one file.</summary>
    private static long Renew(string copy, long mark)
    {
        using var database = SqliteDatabase.OpenWriter(copy);
        if (database.ReadNumber("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") > 0)
            throw new StoreUnavailableException(StoreUnavailableReason.Damaged, "The copy is damaged.");
        if (database.ReadNumber("SELECT count(*) FROM sqlite_schema") == 0)
            throw new StoreUnavailableException(StoreUnavailableReason.Failed, "The copy is empty.");
        SqliteSchema.Migrate(database, copy, Guid.NewGuid());
        database.Execute("BEGIN IMMEDIATE");
        SqliteSchema.BeginHistory(database, Guid.NewGuid(), mark);
        database.Execute("COMMIT");
        database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return database.ReadNumber("SELECT revision FROM store");
    }

    /// <summary>With its log, which belongs to it and to no other file.</summary>
    private static string SetAside(string path, DateTimeOffset now)
    {
        var aside = $"{path}.{now:yyyyMMdd'T'HHmmss'Z'}";
        foreach (var part in Parts.Where(part => File.Exists(path + part)))
            File.Move(path + part, aside + part, overwrite: true);
        return aside;
    }

    private static void Remove(string path)
    {
        foreach (var part in Parts)
            File.Delete(path + part);
    }

    private static long ReadRevision(string file)
    {
        using var database = SqliteDatabase.OpenReader(file);
        return database.ReadNumber("SELECT revision FROM store");
    }

    private static void Sync(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Flush(flushToDisk: true);
    }
}
