using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Pets;

/// <summary>The highest epoch of each pet that ever began to run on this machine; durable, as an older one must never be started again. Thread-safe.</summary>
/// <remarks>A file for each work, <c>epochs/&lt;uid&gt;</c>, with a line <c>ordinal epoch</c> for each pet.</remarks>
internal sealed class EpochKeep(string dataDirectory)
{
    private readonly Lock _lock = new();
    private readonly string _directory = Path.Combine(dataDirectory, "epochs");
    private readonly Dictionary<string, ImmutableDictionary<int, long>> _known = [];

    /// <summary>By ordinal.</summary>
    public ImmutableDictionary<int, long> Of(string uid)
    {
        lock (_lock)
            return Of_NeedsLock(uid);
    }

    /// <summary>Takes note of an epoch before its first container is made.</summary>
    /// <returns>False: a higher one has run here.</returns>
    /// <exception cref="IOException">It cannot be stored, and must not be started.</exception>
    public bool Begin(string uid, int ordinal, long epoch)
    {
        lock (_lock)
        {
            var known = Of_NeedsLock(uid);
            if (known.TryGetValue(ordinal, out var highest) && highest >= epoch)
                return highest == epoch;
            var next = known.SetItem(ordinal, epoch);
            var text = string.Concat(next.OrderBy(pair => pair.Key).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}\n")));
            Directory.CreateDirectory(_directory);
            DurableFile.Replace(PathOf(uid), Encoding.ASCII.GetBytes(text));
            _known[uid] = next;
            return true;
        }
    }

    /// <summary>Nothing is left of the work, and its uid never comes back.</summary>
    public void Forget(string uid)
    {
        lock (_lock)
        {
            _known.Remove(uid);
            if (Directory.Exists(_directory))
                File.Delete(PathOf(uid));
        }
    }

    private ImmutableDictionary<int, long> Of_NeedsLock(string uid)
    {
        if (_known.TryGetValue(uid, out var known))
            return known;
        var path = PathOf(uid);
        known = File.Exists(path) ? Parse(File.ReadAllLines(path)) : ImmutableDictionary<int, long>.Empty;
        return _known[uid] = known;
    }

    private static ImmutableDictionary<int, long> Parse(IEnumerable<string> lines) => lines
        .Select(line => line.Split(' '))
        .Where(words => words.Length == 2)
        .ToImmutableDictionary(words => int.Parse(words[0], CultureInfo.InvariantCulture), words => long.Parse(words[1], CultureInfo.InvariantCulture));

    private string PathOf(string uid) => Path.Combine(_directory, Data.DataDirectories.NameOf(uid));
}
