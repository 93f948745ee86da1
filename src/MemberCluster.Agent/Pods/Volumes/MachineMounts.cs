using System.Runtime.InteropServices;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods.Volumes;

/// <summary>What only the kernel does: directories in memory (tmpfs), and owners of files.</summary>
internal static partial class MachineMounts
{
    private const nuint NoSuid = 2;           // MS_NOSUID
    private const nuint NoDevices = 4;        // MS_NODEV
    private const int Detach = 2;             // MNT_DETACH: gone at once, freed with its last user
    private const int SamePath = 22;          // EINVAL: nothing is mounted there
    private const int Missing = 2;            // ENOENT

    /// <summary>A directory in memory; nothing happens when it is one already.</summary>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.NotAllowed"/>: this process may not mount.</exception>
    public static void EnsureMemory(string path, long? sizeBytes)
    {
        Directory.CreateDirectory(path);
        if (IsMounted(path))
            return;
        var options = sizeBytes is { } size ? $"mode=0777,size={size}" : "mode=0777";
        if (Mount("tmpfs", path, "tmpfs", NoSuid | NoDevices, options) != 0)
        {
            throw new RuntimeException(
                RuntimeFailure.NotAllowed, $"a directory in memory cannot be made: the agent may not mount ({Marshal.GetLastPInvokeErrorMessage()}); it must run as root for emptyDir with medium Memory");
        }
    }

    /// <summary>The contents of a directory in memory are gone; without effect where there is none.</summary>
    public static void RemoveMemory(string path)
    {
        if (Unmount(path, Detach) != 0 && Marshal.GetLastPInvokeError() is not (SamePath or Missing))
            throw new IOException($"{path} cannot be unmounted: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Gives a directory to a group; the owner stays.</summary>
    public static void GiveToGroup(string path, long group)
    {
        if (ChangeOwner(path, uint.MaxValue, (uint)group) != 0)
            throw new RuntimeException(RuntimeFailure.NotAllowed, $"fsGroup: {path} cannot be given to group {group}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static bool IsMounted(string path) =>
        File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ') is { Length: > 4 } fields && fields[4].Replace("\\040", " ", StringComparison.Ordinal) == path);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, nuint flags, string options);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
