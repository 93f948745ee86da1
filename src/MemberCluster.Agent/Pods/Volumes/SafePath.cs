using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods.Volumes;

/// <summary>Paths that others have a say in, followed without being led astray by links.</summary>
internal static class SafePath
{
    /// <summary>A directory or file below <paramref name="root"/>, made as a directory when it is not there. No part of it may be a link: a container could have put it there to be shown the machine.</summary>
    public static string Below(string root, string relative)
    {
        var path = root;
        foreach (var part in relative.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part is "." or "..")
                throw Refused($"the path {relative} leads out of its volume");
            path = Path.Combine(path, part);
            if (LinkOf(path) is { } target)
                throw Refused($"{part} in the path {relative} of a volume is a link to {target}, and no link is followed");
            if (!Directory.Exists(path) && !File.Exists(path))
                Directory.CreateDirectory(path);
        }

        return path;
    }

    /// <summary>The path without links, as far as it exists; what does not exist yet is kept as it is written.</summary>
    public static string Resolve(string path)
    {
        const int MostLinks = 40;   // as the kernel
        var pending = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var resolved = "/";
        for (var links = 0; pending.TryPop(out var part);)
        {
            if (part is ".")
                continue;
            if (part is "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? "/";
                continue;
            }

            var next = Path.Combine(resolved, part);
            if (LinkOf(next) is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MostLinks)
                throw Refused($"{path} has too many links");
            if (target.StartsWith('/'))
                resolved = "/";
            foreach (var step in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                pending.Push(step);
        }

        return resolved;
    }

    public static bool IsWithin(string path, string root) =>
        root == "/" || path == root || path.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal);

    public static RuntimeException Refused(string why) => new(RuntimeFailure.NotAllowed, why);

    private static string? LinkOf(string path) => new FileInfo(path).LinkTarget;
}
