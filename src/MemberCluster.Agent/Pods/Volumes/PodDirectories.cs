namespace MemberCluster.Agent.Pods.Volumes;

/// <summary>Where pods keep what is theirs on the machine: <c>pods/&lt;uid&gt;/volumes/&lt;name&gt;</c> on the disk, and <c>pods/&lt;uid&gt;/memory/&lt;name&gt;</c> in memory.</summary>
/// <remarks>The engine must see the same paths.</remarks>
internal sealed class PodDirectories(string dataDirectory)
{
    private readonly string _root = Path.Combine(dataDirectory, "pods");

    /// <exception cref="ArgumentException">It is no uid: a path must not lead out of its place.</exception>
    public string Of(string podUid) => IsPlain(podUid) ? Path.Combine(_root, podUid) : throw new ArgumentException($"'{podUid}' is not a uid.", nameof(podUid));

    public string Disk(string podUid, string volume) => Path.Combine(Of(podUid), "volumes", volume);

    public string Memory(string podUid, string volume) => Path.Combine(Of(podUid), "memory", volume);

    /// <summary>The uids that have a directory.</summary>
    public IReadOnlyList<string> List() => Directory.Exists(_root) ? [.. Directory.EnumerateDirectories(_root).Select(path => Path.GetFileName(path))] : [];

    private static bool IsPlain(string name) => name.Length is > 0 and <= 253 && name[0] != '.' && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.');
}
