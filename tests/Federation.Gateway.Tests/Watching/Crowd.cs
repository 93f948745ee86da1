using System.Text;
using Federation.Api;
using Federation.Api.Core;
using Federation.Storage;

namespace Federation.Gateway.Tests.Watching;

/// <summary>Very many ConfigMaps, written past the grains, and the store's own account of what became of them.</summary>
internal sealed class Crowd(IObjectStore store, string @namespace)
{
    private const int Writers = 8;
    private const int AtOnce = 128;

    private readonly Dictionary<ObjectKey, long> _revisions = [];

    public async Task FillAsync(int count)
    {
        for (var first = 0; first < count; first += AtOnce * 8)
        {
            var keys = Enumerable.Range(first, Math.Min(AtOnce * 8, count - first)).Select(index => Key($"crowd-{index:000000}")).ToList();
            var outcomes = await Task.WhenAll(keys.Select(key => store.WriteAsync(Put(key, 0, "filled"), CancellationToken.None)));
            foreach (var (key, outcome) in keys.Zip(outcomes))
                _revisions[key] = outcome.ShouldBeOfType<WriteOutcome.Written>().Revision;
        }
    }

    /// <summary>Creates, replaces and deletes at random until it is stopped. Each writer has keys of its own.</summary>
    public Task ChurnAsync(CancellationToken stop)
    {
        var keys = _revisions.Keys.Order(Comparer<ObjectKey>.Create((x, y) => string.CompareOrdinal(x.Name, y.Name))).ToList();
        return Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            var random = new Random(Seed: 100 + writer);
            var mine = keys.Where((_, index) => index % Writers == writer).ToDictionary(key => key, key => _revisions[key]);
            var places = mine.Keys.ToList();
            for (var round = 0; !stop.IsCancellationRequested; round++)
            {
                // Also between those there are: pages must not slide.
                var place = places[random.Next(places.Count)];
                var key = random.Next(4) == 0 ? Key($"{place.Name}-new") : place;
                var current = mine.GetValueOrDefault(key);
                ObjectWrite write = current != 0 && random.Next(3) == 0 ? new ObjectWrite.Delete(key, current) : Put(key, current, $"round {round}");
                var revision = (await store.WriteAsync(write, CancellationToken.None)).ShouldBeOfType<WriteOutcome.Written>().Revision;
                mine[key] = write is ObjectWrite.Delete ? 0 : revision;
            }
        }));
    }

    /// <summary>What the log says happened after one revision up to and with another: as a watch shows it.</summary>
    public async Task<List<string>> EventsAsync(long after, long through)
    {
        var events = new List<string>();
        await foreach (var change in ChangesAsync(after, through))
            events.Add($"{(change.Type == ChangeType.Delete ? "DELETED" : change.IsCreate ? "ADDED" : "MODIFIED")} {change.Key.Name} {change.Revision}");
        return events;
    }

    /// <summary>What there was at a revision, by a snapshot from before it and the log since: <c>name@revision</c>, in the order of a list.</summary>
    public async Task<List<string>> StateAsync(StoreSnapshot start, long revision)
    {
        var state = start.Objects.Where(stored => stored.Key.Namespace == @namespace).ToDictionary(stored => stored.Key.Name, stored => stored.Revision);
        await foreach (var change in ChangesAsync(start.Revision, revision))
        {
            if (change.Type == ChangeType.Delete)
                state.Remove(change.Key.Name);
            else
                state[change.Key.Name] = change.Revision;
        }

        return [.. state.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => $"{item.Key}@{item.Value}")];
    }

    private async IAsyncEnumerable<Change> ChangesAsync(long after, long through)
    {
        while (after < through)
        {
            var page = (await store.ReadChangesAsync(after, 1000, withPrevious: false, CancellationToken.None)).ShouldBeOfType<ChangePage.Page>();
            foreach (var change in page.Changes.Where(change => change.Revision <= through && change.Key.Kind == ConfigMap.KindName && change.Key.Namespace == @namespace))
                yield return change;
            after = page.Changes[^1].Revision;
        }
    }

    private ObjectKey Key(string name) => new(ConfigMap.KindName, @namespace, name);

    private ObjectWrite.Put Put(ObjectKey key, long expected, string text) => new(
        key,
        $"uid-{key.Name}",
        1,
        Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{key.Name}}}","namespace":"{{{@namespace}}}","uid":"uid-{{{key.Name}}}","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"crowd"}},"data":{"text":"{{{text}}}"}}"""),
        null,
        expected);
}
