using System.Runtime.InteropServices;

namespace MemberCluster.Agent.Works;

/// <summary>Replaces a file so that after a crash it holds either the old bytes or the new ones, and never a part.</summary>
internal static partial class DurableFile
{
    public const string TemporarySuffix = ".tmp";

    /// <exception cref="IOException">The disk is full or failing; the old file is untouched.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool syncDirectory = true, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var temporary = path + TemporarySuffix;
        // A leftover of a crash may have another mode, and the mode only applies to a file that is made.
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = mode };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        if (syncDirectory)
            SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes renames and deletions in the directory durable.</summary>
    public static void SyncDirectory(string path)
    {
        var descriptor = Open(path, flags: 0);
        if (descriptor < 0)
            throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
        try
        {
            if (Sync(descriptor) != 0)
                throw new IOException($"{path} cannot be synced: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
