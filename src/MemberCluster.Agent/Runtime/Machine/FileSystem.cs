using System.Runtime.InteropServices;

namespace MemberCluster.Agent.Runtime.Machine;

/// <summary>What only the kernel does with whole file systems.</summary>
internal static partial class FileSystem
{
    /// <summary>Returns when what was written to the file system of a path is on its disk; where this process does not see the path, what was written to all of the machine.</summary>
    public static void Sync(string path)
    {
        var descriptor = Open(path, flags: 0);
        if (descriptor < 0)
        {
            // An agent in a container has the machine's kernel, and not its directories.
            SyncAll();
            return;
        }

        try
        {
            if (SyncFileSystem(descriptor) != 0)
                throw new RuntimeException(RuntimeFailure.EngineFault, $"Cannot make {path} durable: {Marshal.GetLastPInvokeErrorMessage()}.");
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
    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(int descriptor);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void SyncAll();

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
