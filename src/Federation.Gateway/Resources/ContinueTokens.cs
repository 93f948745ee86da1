using System.Buffers.Text;
using System.Text;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Resources;

/// <summary>Continues lists where they stopped, at the revision where they began.</summary>
/// <remarks>A token says all there is to know: the history, the revision and the last key. So any gateway can go on, also after a restart: it takes back what
/// changed since the revision, as far as the log reaches. Having done so once it remembers the snapshot for the pages to come; snapshots are immutable
/// and share what did not change, so that costs little.</remarks>
internal sealed class ContinueTokens(GatewayOptions options, TimeProvider time)
{
    private const int Remembered = 256;

    /// <summary>In a token of an <c>Expired</c> answer: go on with whatever there is then.</summary>
    private const long NoRevision = -1;

    private const string TooOld =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the "
        + "continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list: objects "
        + "that were created, modified or deleted between the time the first chunk was returned and now may show up in the list.";

    private readonly Lock _lock = new();
    private readonly Dictionary<Place, (Snapshot Snapshot, DateTimeOffset Until)> _snapshots = [];

    /// <summary>The token that goes on after an object of a snapshot.</summary>
    public string Remember(KindServer server, string? @namespace, Snapshot snapshot, ObjectKey last)
    {
        Keep(new Place(server.Source.History, server.Kind.Kind, @namespace, snapshot.Revision), snapshot);
        return Format(server.Source.History, snapshot.Revision, last);
    }

    /// <summary>What is left of the list.</summary>
    /// <exception cref="RefusedException">400; 410 with a token that goes on inconsistently; 504 when this gateway is behind the token's.</exception>
    public async ValueTask<Snapshot> ResumeAsync(KindServer server, string? @namespace, string text, CancellationToken cancellationToken)
    {
        var source = server.Source;
        var (history, revision, last) = Parse(server.Kind, text);
        if (revision == NoRevision)
        {
            await source.WaitLatestAsync(cancellationToken);
            return source.List(server.Kind.Kind, @namespace).After(last);
        }

        var place = new Place(history, server.Kind.Kind, @namespace, revision);
        if (Find(place) is { } known)
            return known.After(last);
        if (history != source.History)
            throw Expired(history, last);
        await source.WaitFreshAsync(revision, cancellationToken);
        var snapshot = await source.ListAtAsync(server.Kind.Kind, @namespace, revision, cancellationToken) ?? throw Expired(history, last);
        Keep(place, snapshot);
        return snapshot.After(last);
    }

    private static RefusedException Expired(string history, ObjectKey last) =>
        new(Statuses.Expired(TooOld) with { Metadata = new StatusListMeta { Continue = Format(history, NoRevision, last) } });

    private static string Format(string history, long revision, ObjectKey last) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{history}\n{revision}\n{last.Namespace}\n{last.Name}"));

    private static (string History, long Revision, ObjectKey Last) Parse(KindDefinition kind, string text)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('\n');
            if (parts.Length == 4 && long.TryParse(parts[1], out var revision) && revision >= NoRevision)
                return (parts[0], revision, new ObjectKey(kind.Kind, parts[2], parts[3]));
        }
        catch (FormatException)
        {
            // Not base64: answered below like any other token that is none of ours.
        }

        throw new RefusedException(Statuses.BadRequest("continue key is not valid"));
    }

    private Snapshot? Find(Place place)
    {
        lock (_lock)
            return _snapshots.TryGetValue(place, out var known) && known.Until > time.GetUtcNow() ? known.Snapshot : null;
    }

    private void Keep(Place place, Snapshot snapshot)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (_snapshots.Count >= Remembered && !_snapshots.ContainsKey(place))
                Forget_NeedsLock(now);
            _snapshots[place] = (snapshot, now + options.ContinueLifetime);
        }
    }

    private void Forget_NeedsLock(DateTimeOffset now)
    {
        foreach (var old in _snapshots.Where(entry => entry.Value.Until <= now).Select(entry => entry.Key).ToList())
            _snapshots.Remove(old);
        if (_snapshots.Count >= Remembered)
            _snapshots.Remove(_snapshots.MinBy(entry => entry.Value.Until).Key);
    }

    private sealed record Place(string History, string Kind, string? Namespace, long Revision);
}
