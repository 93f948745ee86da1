using System.Security.Cryptography;
using System.Text;

namespace MemberCluster.Agent.Data;

/// <summary>Where the data of pods is on the machine: <c>pod-data/&lt;uid&gt;</c> on the disk, and <c>pods/&lt;uid&gt;</c> in memory for what is secret.</summary>
internal sealed class DataDirectories(string dataDirectory, RuntimeDirectory runtime)
{
    private readonly string _onDisk = Path.Combine(dataDirectory, "pod-data");
    private readonly string _inMemory = Path.Combine(runtime.Path, "pods");

    public RuntimeDirectory Runtime => runtime;

    /// <summary>Held by whoever writes there: a step that makes a container, and what brings updates.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The pod's directory on the disk; it may not exist.</summary>
    public string OnDisk(string podUid) => Path.Combine(_onDisk, NameOf(podUid));

    /// <summary>The pod's directory in memory; it may not exist.</summary>
    public string InMemory(string podUid) => Path.Combine(_inMemory, NameOf(podUid));

    /// <summary>A volume made of data.</summary>
    public string VolumeOf(string podUid, string volume, bool isSecret) => Path.Combine(isSecret ? InMemory(podUid) : OnDisk(podUid), "volumes", volume);

    /// <summary>What a container sees of a volume without following its updates.</summary>
    public string SubPathOf(string podUid, string container, int mount, bool isSecret) =>
        Path.Combine(isSecret ? InMemory(podUid) : OnDisk(podUid), "subpaths", container, mount.ToString());

    /// <summary>The names of all pod directories there are; to be held against <see cref="NameOf"/>.</summary>
    public IReadOnlyCollection<string> List() =>
        [.. ((string[])[_onDisk, _inMemory]).Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Select(path => Path.GetFileName(path)).Distinct()];

    /// <exception cref="IOException">Something in it cannot be removed.</exception>
    public void Remove(string name)
    {
        foreach (var path in (string[])[Path.Combine(_onDisk, name), Path.Combine(_inMemory, name)])
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>The uid as a directory's name when it can be one: it was read from a container's label.</summary>
    public static string NameOf(string podUid)
    {
        var isPlain = podUid.Length is > 0 and <= 64 && podUid.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');
        return isPlain ? podUid : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(podUid)));
    }
}
