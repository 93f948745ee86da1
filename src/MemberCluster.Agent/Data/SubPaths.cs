using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Data;

/// <summary>One file or directory of a volume for one container, as it is now: later updates do not reach it.</summary>
internal static class SubPaths
{
    /// <param name="volume">The volume's present files.</param>
    /// <param name="subPath">What is wanted of it; validation lets none lead out of it.</param>
    /// <param name="destination">Where the copy goes.</param>
    /// <returns>What to mount.</returns>
    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.Waiting"/>: the volume has no such path.</exception>
    public static string Copy(string volume, string subPath, string destination)
    {
        var source = Path.Combine(volume, subPath);
        var target = Path.Combine(destination, Path.GetFileName(subPath));
        if (Directory.Exists(destination))
            Directory.Delete(destination, recursive: true);
        if (File.Exists(source))
        {
            Directory.CreateDirectory(destination);
            CopyFile(source, target);
        }
        else if (Directory.Exists(source))
        {
            foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(target, Path.GetRelativePath(source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                CopyFile(file, copy);
            }
        }
        else
        {
            throw new RuntimeException(RuntimeFailure.Waiting, $"The volume has no {subPath} to mount") { Reason = Pods.Reasons.InvalidSpec };
        }

        return target;
    }

    /// <summary>Keeps the permissions; a file nobody may write is replaced, not written to.</summary>
    private static void CopyFile(string source, string target)
    {
        File.Copy(source, target);
        File.SetUnixFileMode(target, File.GetUnixFileMode(source));
    }
}
