using System.Globalization;
using System.Runtime.InteropServices;

namespace MemberCluster.Agent.Data;

/// <summary>A directory whose files change all at once, laid out as users of Kubernetes know it.</summary>
/// <remarks>
/// <code>
/// volume/..2026_11_22_12_00_00.000000001/key   the files
/// volume/..data -> ..2026_11_22_12_00_00.000000001   replaced by one rename
/// volume/key -> ..data/key                     never changes
/// </code>
/// Who watches the directory sees one change, and who reads through <c>..data</c> never a mix of old and new.
/// </remarks>
internal static partial class AtomicDirectory
{
    private const string Data = "..data";
    private const UnixFileMode DirectoryMode = (UnixFileMode)0b111_101_101;      // 0755
    private const UnixFileMode GroupReads = (UnixFileMode)0b100_100_000;         // 0440
    private const UnixFileMode GroupEnters = (UnixFileMode)0b101_101_000;        // 0550

    /// <summary>Whether files were ever written there.</summary>
    public static bool Exists(string path) => Path.Exists(Path.Combine(path, Data));

    /// <summary>Where the files are now.</summary>
    public static string Current(string path) => Path.Combine(path, Data);

    /// <summary>Makes the directory hold exactly these files.</summary>
    /// <param name="path">The directory; made when it is missing.</param>
    /// <param name="files">Sorted by path.</param>
    /// <param name="group">Owns the files, and may read them; null: the agent's group.</param>
    /// <param name="now">For the name of the new version.</param>
    /// <returns>False: it held them already, and nothing was touched.</returns>
    /// <exception cref="IOException">The disk is full or failing; the old files are untouched.</exception>
    public static bool Write(string path, IReadOnlyList<VolumeFile> files, long? group, DateTimeOffset now)
    {
        CreateDirectory(path, group);
        var old = new FileInfo(Path.Combine(path, Data)).LinkTarget;
        RemoveLeftovers(path, old);
        if (old is not null && Holds(Path.Combine(path, old), files, group))
            return false;

        var version = NewVersion(path, old, now);
        foreach (var file in files)
            Write(Path.Combine(path, version), file, group);
        Replace(path, version);
        ShowFiles(path, files);
        if (old is not null)
            Directory.Delete(Path.Combine(path, old), recursive: true);
        return true;
    }

    /// <summary>A name is never used again while somebody may still read by it.</summary>
    private static string NewVersion(string path, string? old, DateTimeOffset now)
    {
        var stamp = now.ToString("..yyyy_MM_dd_HH_mm_ss.", CultureInfo.InvariantCulture);
        var number = old is not null && old.StartsWith(stamp, StringComparison.Ordinal) && long.TryParse(old.AsSpan(stamp.Length), out var last) ? last + 1 : 1;
        var name = $"{stamp}{number:000000000}";
        CreateDirectory(Path.Combine(path, name), group: null);
        return name;
    }

    private static void Write(string version, VolumeFile file, long? group)
    {
        var directory = version;
        CreateDirectory(directory, group);
        foreach (var part in file.Path.Split('/')[..^1])
        {
            directory = Path.Combine(directory, part);
            CreateDirectory(directory, group);
        }

        var path = Path.Combine(version, file.Path);
        File.WriteAllBytes(path, file.Content);
        Own(path, group);
        File.SetUnixFileMode(path, ModeOf(file, group));
    }

    private static void Replace(string path, string version)
    {
        var temporary = Path.Combine(path, "..data_tmp");
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, version);
        // A plain rename replaces the link itself; File.Move would follow it.
        if (Rename(temporary, Path.Combine(path, Data)) != 0)
            throw new IOException($"{path} cannot be switched to its new files: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    private static void ShowFiles(string path, IReadOnlyList<VolumeFile> files)
    {
        var shown = files.Select(file => file.Path.Split('/')[0]).ToHashSet();
        foreach (var name in shown.Where(name => new FileInfo(Path.Combine(path, name)).LinkTarget is null))
            File.CreateSymbolicLink(Path.Combine(path, name), Path.Combine(Data, name));
        foreach (var entry in Directory.EnumerateFileSystemEntries(path).Where(entry => !IsInner(entry) && !shown.Contains(Path.GetFileName(entry))))
            File.Delete(entry);
    }

    /// <summary>Versions that a crash left behind.</summary>
    private static void RemoveLeftovers(string path, string? current)
    {
        foreach (var leftover in Directory.EnumerateDirectories(path).Where(entry => IsInner(entry) && Path.GetFileName(entry) is var name && name != current && name != Data && name != "..data_tmp"))
            Directory.Delete(leftover, recursive: true);
    }

    private static bool IsInner(string entry) => Path.GetFileName(entry).StartsWith("..", StringComparison.Ordinal);

    private static bool Holds(string version, IReadOnlyList<VolumeFile> files, long? group)
    {
        if (!Directory.Exists(version))
            return false;
        var there = Directory.EnumerateFiles(version, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(version, path)).ToHashSet();
        return there.SetEquals(files.Select(file => file.Path)) && files.All(file =>
            File.GetUnixFileMode(Path.Combine(version, file.Path)) == ModeOf(file, group)
            && File.ReadAllBytes(Path.Combine(version, file.Path)).AsSpan().SequenceEqual(file.Content));
    }

    private static UnixFileMode ModeOf(VolumeFile file, long? group) => group is null ? file.Mode : file.Mode | GroupReads;

    private static void CreateDirectory(string path, long? group)
    {
        Directory.CreateDirectory(path);
        Own(path, group);
        File.SetUnixFileMode(path, group is null ? DirectoryMode : DirectoryMode | GroupEnters | UnixFileMode.SetGroup);
    }

    private static void Own(string path, long? group)
    {
        if (group is { } id && ChangeOwner(path, uint.MaxValue, (uint)id) != 0)
            throw new IOException($"{path} cannot be given to group {id}: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
