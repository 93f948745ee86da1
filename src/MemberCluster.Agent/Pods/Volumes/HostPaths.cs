using System.Collections.Immutable;
using Federation.Api.Apps;

namespace MemberCluster.Agent.Pods.Volumes;

/// <summary>Paths of the machine that pods mount: only below those that the agent was started with, whatever links say.</summary>
internal static class HostPaths
{
    /// <returns>The path without links, which is what is mounted.</returns>
    /// <exception cref="Runtime.RuntimeException">It is not allowed, or not there.</exception>
    public static string Prepare(HostPathVolume volume, ImmutableArray<string> allowed)
    {
        var path = SafePath.Resolve(volume.Path);
        if (!allowed.Any(prefix => SafePath.IsWithin(path, SafePath.Resolve(prefix))))
        {
            var links = path == volume.Path.TrimEnd('/') ? "" : $" (it leads to {path})";
            throw SafePath.Refused($"the agent of this machine does not let pods mount {volume.Path}{links}: --allow-host-path names what they may");
        }

        switch (volume.Type)
        {
            case "DirectoryOrCreate":
                Directory.CreateDirectory(path);
                break;
            case "FileOrCreate" when !File.Exists(path) && !Directory.Exists(path):
                File.Open(path, FileMode.OpenOrCreate).Dispose();
                break;
        }

        var isRight = volume.Type switch
        {
            "Directory" or "DirectoryOrCreate" => Directory.Exists(path),
            "File" or "FileOrCreate" => File.Exists(path),
            _ => Path.Exists(path),
        };
        return isRight ? path : throw SafePath.Refused($"{volume.Path} on this machine is not {(string.IsNullOrEmpty(volume.Type) ? "there" : $"a {volume.Type}")}");
    }
}
