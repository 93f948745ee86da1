using System.Diagnostics;

namespace Federation.TestKit.Local;

/// <summary>A file system in memory of a given size, to be filled up.</summary>
public static class SmallFileSystem
{
    public static void Mount(string path, string size)
    {
        Directory.CreateDirectory(path);
        Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path);
    }

    public static void UnmountBelow(string directory)
    {
        foreach (var line in File.ReadAllLines("/proc/mounts"))
        {
            if (line.Split(' ')[1] is var path && path.StartsWith(directory + "/", StringComparison.Ordinal))
                Run("umount", "--lazy", path);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false }) ?? throw new InvalidOperationException($"{program} did not start.");
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed.");
    }
}
