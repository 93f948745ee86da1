namespace MemberCluster.Agent.Pets.Watching;

/// <summary>Thaws processes that an engine froze, without its help. With the second version of cgroups the kernel kills frozen processes as any; with the first one they die of what was sent to them only once they go on.</summary>
internal static class Freezer
{
    private const string Controller = "freezer";
    private const string StateFile = "freezer.state";
    private const string Thawed = "THAWED";

    /// <summary>The process was killed before: it does not run one instruction more.</summary>
    public static void Thaw(int pid)
    {
        try
        {
            if (PathOf(File.ReadAllLines($"/proc/{pid}/cgroup"), File.ReadAllLines("/proc/self/mountinfo")) is { } path && File.ReadAllText(path).TrimEnd() != Thawed)
                File.WriteAllText(path, Thawed);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is gone, or the engine's own kill thaws it.
        }
    }

    /// <summary>The file that says whether a process is frozen; null: the kernel has none.</summary>
    /// <param name="groups">The lines of its <c>cgroup</c> file, such as <c>6:freezer:/docker/ID</c>.</param>
    /// <param name="mounts">Of <c>mountinfo</c>: number, parent, device, root, mount point, options …, a dash, type, source, options.</param>
    public static string? PathOf(IEnumerable<string> groups, IEnumerable<string> mounts)
    {
        var group = groups.Select(line => line.Split(':', 3)).FirstOrDefault(parts => parts.Length == 3 && parts[1].Split(',').Contains(Controller))?[2];
        var mount = mounts.Select(line => line.Split(' ')).FirstOrDefault(parts => parts.Length > 9 && Array.IndexOf(parts, "-") is > 0 and var dash && dash + 3 < parts.Length
            && parts[dash + 1] == "cgroup" && parts[dash + 3].Split(',').Contains(Controller));
        if (group is null || mount is null)
            return null;
        var root = mount[3].TrimEnd('/');
        return group.StartsWith(root + "/", StringComparison.Ordinal) ? $"{mount[4]}{group[root.Length..].TrimEnd('/')}/{StateFile}" : null;
    }
}
