using System.Security.Cryptography;
using System.Text;
using Federation.Api;
using Federation.Api.Core;

namespace Federation.Grains.Events;

/// <summary>Notes that wait to be written: the same note again only counts, and an object that talks too much is cut short.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class EventNotebook
{
    /// <summary>Different events of one object per <see cref="Window"/>; what is said beyond is dropped and counted.</summary>
    public const int PerObject = 30;

    /// <summary>More than this many waiting means that the store does not take them; the newest are dropped.</summary>
    public const int Waiting = 10_000;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>So many different messages of one kind about one object within <see cref="SimilarWithin"/> are told apart; the next are one event.</summary>
    public const int Different = 10;

    public static readonly TimeSpan SimilarWithin = TimeSpan.FromMinutes(10);

    public const string CombinedPrefix = "(combined from similar events): ";

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, EventNote> _pending = [];
    private readonly Dictionary<string, (DateTimeOffset Since, int Count)> _budgets = [];
    private readonly Dictionary<string, (DateTimeOffset Since, HashSet<string> Messages)> _similar = [];

    /// <returns>False: dropped.</returns>
    public bool Add(EventNote note, DateTimeOffset now)
    {
        note = note with { FirstSeen = note.FirstSeen ?? now, LastSeen = note.LastSeen ?? now };
        lock (_lock)
        {
            var isCombined = IsOneOfManyNeedsLock(note, now);
            var key = KeyOf(note, isCombined);
            if (isCombined)
                note = note with { Message = CombinedPrefix + note.Message };
            if (_pending.TryGetValue(key, out var waiting))
            {
                _pending[key] = note with { Count = waiting.Count + note.Count, FirstSeen = waiting.FirstSeen };
                return true;
            }

            if (_pending.Count >= Waiting || !SpendNeedsLock(note, now))
                return false;
            _pending.Add(key, note);
            return true;
        }
    }

    public IReadOnlyList<KeyValuePair<ObjectKey, EventNote>> TakeAll()
    {
        lock (_lock)
        {
            List<KeyValuePair<ObjectKey, EventNote>> all = [.. _pending];
            _pending.Clear();
            return all;
        }
    }

    /// <summary>The Event's name: the object's, and a hash of who, why and what, so that a repetition finds its predecessor after any restart.</summary>
    private static ObjectKey KeyOf(EventNote note, bool isCombined)
    {
        var about = note.About;
        var text = $"{GroupOf(note)}\n{(isCombined ? CombinedPrefix : note.Message)}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
        return new ObjectKey(Event.KindName, string.IsNullOrEmpty(about.Namespace) ? "default" : about.Namespace, $"{about.Name}.{hash}");
    }

    private static string GroupOf(EventNote note) =>
        string.Join('\n', note.About.Kind, note.About.Namespace, note.About.Name, note.About.Uid, note.Reason, note.IsWarning, note.Cluster);

    /// <summary>Messages that name a number or an address are all different, and say the same.</summary>
    private bool IsOneOfManyNeedsLock(EventNote note, DateTimeOffset now)
    {
        var group = GroupOf(note);
        if (!_similar.TryGetValue(group, out var known) || now - known.Since >= SimilarWithin)
        {
            if (_similar.Count > Waiting)
                _similar.Clear();
            _similar[group] = known = (now, []);
        }

        if (known.Messages.Contains(note.Message))
            return false;
        if (known.Messages.Count >= Different)
            return true;
        known.Messages.Add(note.Message);
        return false;
    }

    private bool SpendNeedsLock(EventNote note, DateTimeOffset now)
    {
        var who = $"{note.About.Kind}/{note.About.Namespace}/{note.About.Name}";
        var budget = _budgets.TryGetValue(who, out var found) && now - found.Since < Window ? found : (Since: now, Count: 0);
        if (budget.Count >= PerObject)
            return false;
        if (_budgets.Count > Waiting)
            _budgets.Clear();
        _budgets[who] = (budget.Since, budget.Count + 1);
        return true;
    }
}
