namespace MemberCluster.Agent.Data;

/// <summary>Where secrets are kept: in memory, and for the agent's user alone.</summary>
internal sealed class RuntimeDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly string[] InMemory = ["tmpfs", "ramfs"];

    private RuntimeDirectory(string path, string? problem) => (Path, Problem) = (path, problem);

    public string Path { get; }

    /// <summary>Why no secret may be put there; null: it is in memory.</summary>
    public string? Problem { get; }

    public bool IsUsable => Problem is null;

    /// <summary>Where secrets go unless it is said otherwise: <c>/run</c> on nearly every machine, <c>/dev/shm</c> where that is on a disk.</summary>
    public static string Default { get; } = IsInMemory("/run") || !IsInMemory("/dev/shm") ? "/run/federation-agent" : "/dev/shm/federation-agent";

    /// <summary>Makes the directory. One that cannot be used is no reason to end: pods that need no secrets need none.</summary>
    /// <param name="path">Its own, or one that agents of this machine share.</param>
    /// <param name="owner">Tells the agents of one machine apart.</param>
    public static RuntimeDirectory Open(string path, string owner)
    {
        var own = System.IO.Path.Combine(path, owner);
        try
        {
            foreach (var directory in (string[])[path, own])
            {
                Directory.CreateDirectory(directory, OwnerOnly);
                File.SetUnixFileMode(directory, OwnerOnly);
            }

            return new RuntimeDirectory(own, IsInMemory(own) ? null : $"{path} is on a disk: --runtime-dir must be on a tmpfs");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new RuntimeDirectory(own, $"{path} cannot be used: {exception.Message}");
        }
    }

    /// <summary>A directory's name: two agents of one machine have different clusters, or at least different data.</summary>
    public static string OwnerOf(string cluster, string data) =>
        $"{cluster}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(System.IO.Path.GetFullPath(data))))[..8]}";

    private static bool IsInMemory(string path)
    {
        try
        {
            // Asks statfs about the path itself, not about a mount table.
            return InMemory.Contains(new DriveInfo(path).DriveFormat);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
