using System.Collections.Immutable;
using System.Globalization;

namespace Federation.Dns.Signing.Keys;

/// <summary>The directory with the keys of zones.</summary>
public static class KeyDirectory
{
    /// <summary>All keys of all zones.</summary>
    /// <exception cref="InvalidDataException">A key cannot be used; the message is a sentence.</exception>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory or a file in it may not be read.</exception>
    public static ImmutableArray<ZoneKey> Read(string directory)
    {
        var keys = ImmutableArray.CreateBuilder<ZoneKey>();
        foreach (var file in Directory.EnumerateFiles(directory, "K*" + KeyFile.PrivateEnding).Order(StringComparer.Ordinal))
        {
            var name = file[..^KeyFile.PrivateEnding.Length];
            if (!File.Exists(name + KeyFile.PublicEnding))
                throw new InvalidDataException($"The key '{file}' has no '{Path.GetFileName(name)}{KeyFile.PublicEnding}' beside it.");
            if (!KeyFile.TryRead(File.ReadAllText(name + KeyFile.PublicEnding), File.ReadAllText(file), out var key, out var problem))
                throw new InvalidDataException($"The key '{name}' {problem}.");
            keys.Add(key);
        }

        foreach (var same in keys.GroupBy(key => (key.Zone, key.Tag)).Where(same => same.Count() > 1))
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"In '{directory}' {same.Key.Zone} has two keys with the number {same.Key.Tag}."));
        return keys.ToImmutable();
    }

    /// <summary>Writes a key's files. Only their owner may read the private half.</summary>
    /// <remarks>The private half appears last and whole, so that no name server reads half a key.</remarks>
    /// <exception cref="IOException">They cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">They may not be written.</exception>
    public static void Write(string directory, ZoneKey key)
    {
        Directory.CreateDirectory(directory);
        var name = Path.Combine(directory, KeyFile.NameOf(key));
        File.WriteAllText(name + KeyFile.PublicEnding, KeyFile.WritePublic(key));
        var draft = name + ".new";
        File.Delete(draft);
        using (var stream = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(KeyFile.WritePrivate(key)));
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, name + KeyFile.PrivateEnding, overwrite: true);
    }
}
