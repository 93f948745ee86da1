using System.Buffers.Binary;

namespace Federation.Storage.Sqlite;

/// <summary>Keeps a second process off the same file, and remembers how far the store was. The kernel gives the lock back when the process ends, however it ends.</summary>
/// <remarks>
/// SQLite itself would let two processes write in turn, but neither would wake for the other's changes. The mark tells a store that somebody has replaced by an older copy. It is
/// written after the store is, and not synced: it is never ahead of what the store had on its disk.
/// </remarks>
internal sealed class SqliteLock : IDisposable
{
    private readonly FileStream _file;

    private SqliteLock(FileStream file) => _file = file;

    /// <summary>The highest revision that a store under this lock was seen at; 0: none.</summary>
    public long ReadMark()
    {
        Span<byte> mark = stackalloc byte[sizeof(long)];
        return RandomAccess.Read(_file.SafeFileHandle, mark, fileOffset: 0) == mark.Length ? BinaryPrimitives.ReadInt64LittleEndian(mark) : 0;
    }

    public void Mark(long revision)
    {
        Span<byte> mark = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(mark, revision);
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, mark, fileOffset: 0);
        }
        catch (IOException)
        {
            // The disk is full: what is there is an earlier mark, which is true as well.
        }
    }

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
