using System.Collections.Immutable;
using System.Text.Json;
using Federation.Api.Json;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Snapshots;

/// <summary>The directory that the machine's owner gave for snapshots. Other programs may read it.</summary>
/// <remarks>
/// <code>
/// &lt;namespace&gt;_&lt;PetSnapshot&gt;_&lt;its uid&gt;/
///   &lt;item&gt;/            whole: it got this name when everything in it was durable
///     &lt;claim&gt;.tar       the volume, below the directory federation-volume
///     &lt;claim&gt;.json      its manifest
///   &lt;item&gt;.part/       still arriving
///   &lt;item&gt;.gone/       being deleted
/// </code>
/// </remarks>
internal sealed class SnapshotDirectory(string root)
{
    public const string Part = ".part";
    private const string Gone = ".gone";
    private const string Manifest = ".json";
    private const string Tar = ".tar";

    public string Root => root;

    /// <summary>Why it cannot be used; null: it can.</summary>
    public string? Check()
    {
        try
        {
            Directory.CreateDirectory(root);
            var probe = Path.Combine(root, Path.GetRandomFileName() + DurableFile.TemporarySuffix);
            using (new FileStream(probe, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose }))
                return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"the directory {root} cannot be used: {exception.Message}";
        }
    }

    /// <summary>For whoever writes to it now, in bytes.</summary>
    public long FreeBytes => new DriveInfo(root).AvailableFreeSpace;

    /// <summary>The manifests of an item that is here whole; empty: it is not.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public ImmutableArray<SnapshotManifest> Find(string uid, string id)
    {
        if (PathOf(uid, id) is not { } path)
            return [];
        var manifests = Directory.GetFiles(path, "*" + Manifest).Order(StringComparer.Ordinal).Select(TryRead).ToList();
        return manifests.TrueForAll(manifest => manifest is not null && manifest.Uid == uid && manifest.Id == id && IsThere(path, manifest)) ? [.. manifests.Select(manifest => manifest!)] : [];
    }

    /// <summary>Opens a volume of an item that is here whole; null: there is none.</summary>
    public FileStream? OpenTar(string uid, string id, string claim) =>
        Find(uid, id).Any(manifest => manifest.Claim == claim) && PathOf(uid, id) is { } path
            ? new FileStream(Path.Combine(path, claim + Tar), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete) : null;

    /// <summary>Where an item arrives; made where it is not there.</summary>
    public string Begin(string @namespace, string name, string uid, string id)
    {
        var of = FolderOf(uid) ?? Path.Combine(root, $"{Plain(@namespace)}_{Plain(name)}_{Plain(uid)}");
        var part = Path.Combine(of, Plain(id) + Part);
        Directory.CreateDirectory(part);
        DurableFile.SyncDirectory(root);
        return part;
    }

    public static string TarOf(string part, string claim) => Path.Combine(part, Plain(claim) + Tar);

    /// <summary>The manifest of a volume that has arrived whole; null: it has not.</summary>
    public static SnapshotManifest? Arrived(string part, string claim) =>
        TryRead(Path.Combine(part, Plain(claim) + Manifest)) is { } manifest && IsThere(part, manifest) ? manifest : null;

    /// <summary>The tar is durable: so is what it is from now on.</summary>
    public static void Save(string part, SnapshotManifest manifest) => DurableFile.Replace(Path.Combine(part, Plain(manifest.Claim) + Manifest), ApiJson.ToUtf8(manifest));

    /// <summary>All volumes have arrived: the item is whole from now on.</summary>
    public static void Complete(string part)
    {
        DurableFile.SyncDirectory(part);
        var whole = part[..^Part.Length];
        // A whole one that something is missing from makes room.
        if (Directory.Exists(whole))
            Directory.Delete(whole, recursive: true);
        Directory.Move(part, whole);
        DurableFile.SyncDirectory(Path.GetDirectoryName(whole)!);
    }

    /// <summary>Deletes what there is of an item. It is not whole any more before anything of it goes.</summary>
    /// <exception cref="IOException">Something cannot be deleted.</exception>
    public void Discard(string uid, string id)
    {
        if (FolderOf(uid) is not { } of)
            return;
        var whole = Path.Combine(of, Plain(id));
        if (Directory.Exists(whole))
        {
            Remove(whole + Gone);
            Directory.Move(whole, whole + Gone);
            DurableFile.SyncDirectory(of);
        }

        Remove(whole + Gone);
        Remove(whole + Part);
        DurableFile.SyncDirectory(of);
        if (!Directory.EnumerateFileSystemEntries(of).Any())
            RemoveFolder(of);
    }

    /// <summary>Deletes all items of a PetSnapshot.</summary>
    /// <exception cref="IOException">Something cannot be deleted.</exception>
    public void Discard(string uid)
    {
        if (FolderOf(uid) is not { } of)
            return;
        foreach (var id in Directory.GetDirectories(of).Select(path => Path.GetFileName(path).Split('.')[0]).Distinct())
            Discard(uid, id);
        if (Directory.Exists(of))
            RemoveFolder(of);
    }

    private void RemoveFolder(string folder)
    {
        Directory.Delete(folder, recursive: true);
        DurableFile.SyncDirectory(root);
    }

    private string? PathOf(string uid, string id) => FolderOf(uid) is { } of && Path.Combine(of, Plain(id)) is var path && Directory.Exists(path) ? path : null;

    /// <summary>By the uid alone: whoever asks for an item may not know the rest.</summary>
    private string? FolderOf(string uid) => Directory.Exists(root) ? Directory.EnumerateDirectories(root, $"*_{Plain(uid)}").Order(StringComparer.Ordinal).FirstOrDefault() : null;

    private static bool IsThere(string folder, SnapshotManifest manifest) =>
        manifest.Claim.Length > 0 && new FileInfo(Path.Combine(folder, Plain(manifest.Claim) + Tar)) is { Exists: true } tar && tar.Length == manifest.TarBytes;

    private static SnapshotManifest? TryRead(string path)
    {
        try
        {
            return ApiJson.FromUtf8<SnapshotManifest>(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    /// <summary>Names come from elsewhere, and are to stay below the directory.</summary>
    private static string Plain(string name) => name.Length is > 0 and <= 253 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.') && name[0] != '.'
        ? name : throw new InvalidDataException($"'{name}' is not a name that a file can have here");
}
