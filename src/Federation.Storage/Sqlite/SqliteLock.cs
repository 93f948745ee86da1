namespace Federation.Storage.Sqlite;

/// <summary>Keeps a second process off the same file. The kernel gives the lock back when the process ends, however it ends.</summary>
/// <remarks>SQLite itself would let two processes write in turn, but neither would wake for the other's changes.</remarks>
internal sealed class SqliteLock : IDisposable
{
    private readonly FileStream _file;

    private SqliteLock(FileStream file) => _file = file;

    public static SqliteLock Take(string databasePath)
    {
        var path = databasePath + ".lock";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(databasePath)) is { } directory)
                Directory.CreateDirectory(directory);
            return new SqliteLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StoreUnavailableException(StoreUnavailableReason.PermissionDenied, $"{path} cannot be written by this user.", exception);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new StoreUnavailableException(StoreUnavailableReason.InUse, $"{databasePath} is open in another process.", exception);
        }
        catch (IOException exception)
        {
            throw new StoreUnavailableException(StoreUnavailableReason.Failed, $"{path} cannot be created: {exception.Message}", exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
