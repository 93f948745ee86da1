using Federation.Api.Agents;

namespace Federation.Grains.Clusters;

/// <summary>Keeps an eye on works that have no owner: orphans, unless this process has just not heard of the owner yet.</summary>
/// <param name="hasOwner">Whether the owner of a work is known right now.</param>
internal sealed class StrangerWatch(Func<WorkStatus, bool> hasOwner)
{
    /// <summary>The store's news arrives within moments; a work made from a newer revision than is known here waits this long before it counts as an orphan.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>An owner may also vanish while its work runs on (its finalizer was taken off by hand): looked for now and then.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, DateTimeOffset> _since = [];
    private DateTimeOffset? _swept;

    /// <summary>Looks at works that were just reported.</summary>
    public void Look(IEnumerable<WorkStatus> works, DateTimeOffset now)
    {
        foreach (var work in works)
        {
            if (work.Gone || hasOwner(work))
                _since.Remove(work.Uid);
            else
                _since.TryAdd(work.Uid, now);
        }
    }

    /// <summary>Judges the strangers again.</summary>
    /// <param name="works">Everything the cluster runs, by uid.</param>
    /// <param name="knownRevision">How far this process knows the store.</param>
    /// <returns>The orphans, and the works whose owner has turned up since.</returns>
    public (IReadOnlyList<WorkStatus> Orphans, IReadOnlyList<WorkStatus> Found) Judge(
        IReadOnlyDictionary<string, WorkStatus> works, IReadOnlySet<string> buried, long knownRevision, DateTimeOffset now)
    {
        if (_swept is null || now - _swept >= SweepEvery)
        {
            _swept = now;
            Look(works.Values, now);
        }

        var (orphans, found) = (new List<WorkStatus>(), new List<WorkStatus>());
        foreach (var (uid, since) in _since)
        {
            if (!works.TryGetValue(uid, out var work) || work.Gone)
            {
                _since.Remove(uid);
            }
            else if (hasOwner(work))
            {
                _since.Remove(uid);
                found.Add(work);
            }
            else if (!buried.Contains(uid) && (work.Revision <= knownRevision || now - since >= Patience))
            {
                orphans.Add(work);
            }
        }

        orphans.Sort(static (left, right) => string.CompareOrdinal(left.Uid, right.Uid));
        return (orphans, found);
    }
}
