using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>The files of a fake container: what is mounted is really there, everything else is in a directory of its own.</summary>
internal sealed class FakeFiles
{
    private readonly ContainerSpec _spec;
    private readonly string _engineFiles;
    private readonly string _root;

    public FakeFiles(ContainerSpec spec, string engineFiles)
    {
        (_spec, _engineFiles) = (spec, engineFiles);
        _root = Path.Combine(engineFiles, "roots", spec.Name);
        Directory.CreateDirectory(Path.Combine(_root, "tmp"));
    }

    public sealed class ReadOnlyException(string path) : IOException($"{path}: Read-only file system");

    public string Read(string path) => File.ReadAllText(PlaceOf(path).Path);

    public bool Exists(string path) => Path.Exists(PlaceOf(path).Path);

    public void Write(string path, string text, bool isAppended)
    {
        var place = Writable(path);
        using var file = new FileStream(place, isAppended ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    public void MakeDirectory(string path) => Directory.CreateDirectory(Writable(path));

    public void Remove(string path) => File.Delete(Writable(path));

    public void Link(string path, string target) => File.CreateSymbolicLink(Writable(path), target);

    private string Writable(string path)
    {
        var place = PlaceOf(path);
        return place.IsReadOnly ? throw new ReadOnlyException(path) : place.Path;
    }

    private (string Path, bool IsReadOnly) PlaceOf(string path)
    {
        var mount = _spec.Mounts.Where(mount => path == mount.Target || path.StartsWith(mount.Target + "/", StringComparison.Ordinal)).MaxBy(mount => mount.Target.Length);
        if (mount is null)
            return (_root + path, _spec.ReadOnlyRootFilesystem);
        var source = mount switch
        {
            ContainerMount.Bind bind => bind.Source,
            ContainerMount.Volume volume => Path.Combine(_engineFiles, "volumes", volume.Name),
            _ => throw new InvalidOperationException($"No files for {mount}."),
        };
        return (source + path[mount.Target.Length..], mount.ReadOnly);
    }
}
