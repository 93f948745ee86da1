using System.Buffers.Text;
using System.Text;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Resources;

/// <summary>Continues lists where they stopped, at the revision where they began.</summary>
/// <remarks>Snapshots are immutable and share what did not change, so remembering one costs little. A token this gateway does not remember (too old, or
/// another gateway's) goes on only while nothing changed since; else it is 410 <c>Expired</c>, and clients list anew.</remarks>
internal sealed class ContinueTokens(GatewayOptions options, TimeProvider time)
{
    private const int Remembered = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<Token, (Snapshot Snapshot, DateTimeOffset Until)> _snapshots = [];

    public string Remember(KindDefinition kind, string? @namespace, Snapshot snapshot, ObjectKey last)
    {
        var token = new Token(kind.Kind, @namespace, snapshot.Revision);
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (_snapshots.Count >= Remembered && !_snapshots.ContainsKey(token))
                Forget_NeedsLock(now);
            _snapshots[token] = (snapshot, now + options.ContinueLifetime);
        }

        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{snapshot.Revision}\n{last.Namespace}\n{last.Name}"));
    }

    /// <summary>What is left of the list.</summary>
    /// <exception cref="RefusedException">400 or 410.</exception>
    public Snapshot Resume(KindDefinition kind, string? @namespace, string text, IResourceSource source)
    {
        var (revision, last) = Parse(kind, text);
        lock (_lock)
        {
            if (_snapshots.TryGetValue(new Token(kind.Kind, @namespace, revision), out var known) && known.Until > time.GetUtcNow())
                return known.Snapshot.After(last);
        }

        var current = source.List(kind.Kind, @namespace);
        return current.Revision == revision
            ? current.After(last)
            : throw new RefusedException(Statuses.Expired("The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter."));
    }

    private static (long Revision, ObjectKey Last) Parse(KindDefinition kind, string text)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('\n');
            if (parts.Length == 3 && long.TryParse(parts[0], out var revision))
                return (revision, new ObjectKey(kind.Kind, parts[1], parts[2]));
        }
        catch (FormatException)
        {
            // Not base64: answered below like any other token that is none of ours.
        }

        throw new RefusedException(Statuses.BadRequest("continue key is not valid"));
    }

    private void Forget_NeedsLock(DateTimeOffset now)
    {
        foreach (var old in _snapshots.Where(entry => entry.Value.Until <= now).Select(entry => entry.Key).ToList())
            _snapshots.Remove(old);
        if (_snapshots.Count >= Remembered)
            _snapshots.Remove(_snapshots.MinBy(entry => entry.Value.Until).Key);
    }

    private sealed record Token(string Kind, string? Namespace, long Revision);
}
