using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Json;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Works;

/// <summary>
/// The durable copy: one file per uid under <c>works/</c> and, for what other nodes serve, under <c>endpoints/</c>; and <c>position.json</c> for the stream.
/// Every file is replaced as a whole.
/// </summary>
/// <remarks>
/// A file is the event that brought the work or the tombstone, as a line of JSON; a line for each earlier template that pods may be made of follows; a last
/// line <c>orphan</c> marks an orphan. What is secret in it is in the <see cref="SecretKeep"/> instead.
/// </remarks>
internal sealed partial class WorkFiles(string dataDirectory, SecretKeep secrets, ILogger<WorkFiles> logger)
{
    private readonly string _works = Path.Combine(dataDirectory, "works");
    private readonly string _endpoints = Path.Combine(dataDirectory, "endpoints");
    private readonly string _position = Path.Combine(dataDirectory, "position.json");

    /// <summary>What was stored. A file that cannot be read is set aside; for it, as for secrets that are gone, the stream starts over to fill the gap.</summary>
    /// <exception cref="IOException">The directory cannot be made or listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be used.</exception>
    public WorkBook Load()
    {
        Directory.CreateDirectory(_works);
        Directory.CreateDirectory(_endpoints);
        var book = WorkBook.Empty;
        var isComplete = true;
        foreach (var path in Directory.EnumerateFiles(_works, "*.json"))
        {
            if (TryRead(path, ToHeld) is not { } held)
            {
                isComplete = false;
                continue;
            }

            if (held.Work is { } work)
            {
                var (restored, hasAll) = secrets.Restore(Path.GetFileName(path), work);
                held = held with { Work = restored };
                isComplete &= hasAll;
            }

            book = book with { Held = book.Held.SetItem(held.Uid, held) };
        }

        foreach (var path in Directory.EnumerateFiles(_endpoints, "*.json"))
        {
            if (TryRead(path, ToEndpoints) is { } endpoints)
                book = book with { Endpoints = book.Endpoints.SetItem(endpoints.WorkUid, endpoints) };
            else
                isComplete = false;
        }

        foreach (var leftover in ((string[])[_works, _endpoints]).SelectMany(folder => Directory.EnumerateFiles(folder, "*" + DurableFile.TemporarySuffix)))
            File.Delete(leftover);
        var position = isComplete && File.Exists(_position) ? TryRead(_position, ToPosition) : null;
        return book with { Position = position ?? StreamPosition.Start, Store = position?.Store };
    }

    /// <summary>Stores the difference. The position comes last: a crash in between repeats events, and loses none.</summary>
    /// <exception cref="IOException">The disk is full or failing; <paramref name="stored"/> is still what the next start finds, or something between the two.</exception>
    public void Save(WorkBook stored, WorkBook next)
    {
        KeepSecrets(stored, next);
        Save(_works, stored.Held, next.Held, ToBytes);
        Save(_endpoints, stored.Endpoints, next.Endpoints, ToBytes);
        if (stored.Position != next.Position)
            DurableFile.Replace(_position, ToBytes(next.Position));
    }

    private static void Save<T>(string folder, ImmutableDictionary<string, T> stored, ImmutableDictionary<string, T> next, Func<T, byte[]> toBytes) where T : class
    {
        var changed = false;
        foreach (var (uid, item) in next)
        {
            if (stored.TryGetValue(uid, out var before) && ReferenceEquals(before, item))
                continue;
            DurableFile.Replace(PathOf(folder, uid), toBytes(item), syncDirectory: false);
            changed = true;
        }

        foreach (var uid in stored.Keys.Where(uid => !next.ContainsKey(uid)))
        {
            File.Delete(PathOf(folder, uid));
            changed = true;
        }

        if (changed)
            DurableFile.SyncDirectory(folder);
    }

    /// <summary>Before the works: a crash in between leaves secrets that nobody asks for, not works without theirs.</summary>
    private void KeepSecrets(WorkBook stored, WorkBook next)
    {
        foreach (var (uid, held) in next.Held.Where(pair => !ReferenceEquals(stored.Held.GetValueOrDefault(pair.Key), pair.Value)))
            secrets.Save(NameOf(uid), held.Work);
        foreach (var uid in stored.Held.Keys.Where(uid => !next.Held.ContainsKey(uid)))
            secrets.Save(NameOf(uid), work: null);
    }

    private static string NameOf(string uid) => PathOf(folder: "", uid);

    /// <summary>The uid as the file name when it can be one; it comes from the control plane, not from here.</summary>
    private static string PathOf(string folder, string uid)
    {
        var isPlain = uid.Length is > 0 and <= 64 && uid.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');
        return Path.Combine(folder, (isPlain ? uid : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uid)))) + ".json");
    }

    private T? TryRead<T>(string path, Func<byte[], T> read) where T : class
    {
        try
        {
            return read(File.ReadAllBytes(path));
        }
        catch (JsonException exception)
        {
            LogUnreadable(path, exception.Message);
            File.Move(path, path + ".unreadable", overwrite: true);
            return null;
        }
    }

    private static byte[] ToBytes(HeldWork held)
    {
        var type = held.Work is null ? WorkEventType.Tombstone : WorkEventType.Work;
        var work = held.Work is null ? null : SecretKeep.WithoutSecrets(held.Work);
        var line = ApiJson.ToUtf8(new WorkEvent { Type = type, Revision = held.Revision, Store = held.Store, Work = work, Tombstone = held.Tombstone });
        foreach (var earlier in held.Earlier)
            line = [.. line, (byte)'\n', .. ApiJson.ToUtf8(new WorkEvent { Type = WorkEventType.Work, Work = new Work { TemplateHash = earlier.Hash, Template = earlier.Template } })];
        return held.IsOrphan ? [.. line, .. Orphan] : line;
    }

    private static HeldWork ToHeld(byte[] content)
    {
        var isOrphan = content.AsSpan().EndsWith(Orphan);
        ReadOnlySpan<byte> text = isOrphan ? content.AsSpan(0, content.Length - Orphan.Length) : content;
        var lines = new List<WorkEvent>();
        foreach (var range in text.Split((byte)'\n'))
            lines.Add(ApiJson.FromUtf8<WorkEvent>(text[range]));
        var line = lines[0];
        var held = new HeldWork
        {
            Work = line.Work,
            Tombstone = line.Tombstone,
            Store = line.Store,
            IsOrphan = isOrphan,
            Earlier = [.. lines.Skip(1).Select(earlier => earlier.Work).OfType<Work>().Select(work => new EarlierTemplate(work.TemplateHash, work.Template))],
        };
        return held.Uid.Length > 0 ? held : throw new JsonException("There is no uid in it.");
    }

    private static byte[] ToBytes(WorkEndpoints endpoints) => ApiJson.ToUtf8(new WorkEvent { Type = WorkEventType.Endpoints, Endpoints = endpoints });

    private static WorkEndpoints ToEndpoints(byte[] content) =>
        ApiJson.FromUtf8<WorkEvent>(content).Endpoints is { WorkUid.Length: > 0 } endpoints ? endpoints : throw new JsonException("There is no uid in it.");

    private static byte[] ToBytes(StreamPosition position) =>
        ApiJson.ToUtf8(new WorkEvent { Type = WorkEventType.Bookmark, Store = position.Store, Revision = position.Revision });

    private static StreamPosition ToPosition(byte[] content)
    {
        var bookmark = ApiJson.FromUtf8<WorkEvent>(content);
        return new StreamPosition(bookmark.Store, bookmark.Revision);
    }

    private static ReadOnlySpan<byte> Orphan => "\norphan"u8;

    [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "{Path} cannot be read and is set aside; the works are asked for again. {Problem}")]
    private partial void LogUnreadable(string path, string problem);
}
