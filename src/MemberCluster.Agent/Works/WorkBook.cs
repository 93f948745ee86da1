using System.Collections.Immutable;
using Federation.Api.Agents;

namespace MemberCluster.Agent.Works;

/// <summary>Everything held, and how events of the works stream change it. Immutable and pure.</summary>
/// <remarks>
/// <code>
/// event      | held revision, same store | held from another store | nothing held
/// Work       | newer or equal: taken     | taken                   | taken
/// Tombstone  | not above its own: taken  | taken                   | taken: it is answered with "gone"
/// Bookmark   | after a snapshot, works that it did not have become orphans, and run on
/// Endpoints  | replace what was said about the uid; a snapshot has all that are not empty, so after it the others are empty
/// </code>
/// Revisions of another store (a restore) cannot be compared: the uid alone decides, and what the present store says counts.
/// </remarks>
internal sealed record WorkBook
{
    public static WorkBook Empty { get; } = new();

    public ImmutableDictionary<string, HeldWork> Held { get; init; } = ImmutableDictionary<string, HeldWork>.Empty;

    /// <summary>By work, where other nodes of the cluster serve it. Empty ones are not kept.</summary>
    public ImmutableDictionary<string, WorkEndpoints> Endpoints { get; init; } = ImmutableDictionary<string, WorkEndpoints>.Empty;

    public StreamPosition Position { get; init; } = StreamPosition.Start;

    /// <summary>The uids of the snapshot that is coming in; null when none is.</summary>
    public ImmutableHashSet<string>? Snapshot { get; init; }

    /// <summary>The works whose endpoints the snapshot that is coming in has named.</summary>
    public ImmutableHashSet<string> SnapshotEndpoints { get; init; } = [];

    /// <summary>The identity of the store that speaks now.</summary>
    public string? Store { get; init; }

    /// <summary>The stream ended: a snapshot that was not complete says nothing about what is missing.</summary>
    public WorkBook Disconnected() => Snapshot is null ? this : this with { Snapshot = null, SnapshotEndpoints = [] };

    public WorkBook Apply(WorkEvent change)
    {
        var next = this with { Store = change.Store ?? Store };
        return change.Type switch
        {
            WorkEventType.Snapshot => next with { Snapshot = [], SnapshotEndpoints = [] },
            WorkEventType.Work when change.Work is { } work => next.Take(new HeldWork { Work = work, Store = next.Store }).At(change.Revision),
            WorkEventType.Tombstone when change.Tombstone is { } tombstone =>
                next.Take(new HeldWork { Tombstone = tombstone, Store = next.Store }).At(change.Revision),
            WorkEventType.Endpoints when change.Endpoints is { } endpoints => next.Take(endpoints),
            WorkEventType.Bookmark => next.Bookmark(change.Revision),
            _ => next,
        };
    }

    /// <summary>The control plane knows that nothing is left of this uid.</summary>
    public WorkBook Forget(string uid) =>
        Held.TryGetValue(uid, out var held) && held.Tombstone is not null ? this with { Held = Held.Remove(uid) } : this;

    private WorkBook Take(HeldWork offered)
    {
        var snapshot = Snapshot?.Add(offered.Uid);
        var isTaken = !Held.TryGetValue(offered.Uid, out var held) || held.Store != offered.Store || offered.Revision >= held.Revision;
        return this with { Snapshot = snapshot, Held = isTaken ? Held.SetItem(offered.Uid, offered.After(held)) : Held };
    }

    /// <summary>The position stays: what is not resumed from is sent again, and changes nothing.</summary>
    private WorkBook Take(WorkEndpoints offered)
    {
        var isEmpty = offered.Ports.Count == 0 && offered.Peers.Count == 0;
        var endpoints = isEmpty ? Endpoints.Remove(offered.WorkUid)
            : Endpoints.TryGetValue(offered.WorkUid, out var held) && AreSame(held, offered) ? Endpoints
            : Endpoints.SetItem(offered.WorkUid, offered);
        return this with { Endpoints = endpoints, SnapshotEndpoints = Snapshot is null ? SnapshotEndpoints : SnapshotEndpoints.Add(offered.WorkUid) };
    }

    private static bool AreSame(WorkEndpoints left, WorkEndpoints right) =>
        left.Namespace == right.Namespace && left.Name == right.Name && left.Ports.SequenceEqual(right.Ports) && left.Peers.SequenceEqual(right.Peers);

    /// <summary>In the middle of a snapshot there is nothing to resume from yet.</summary>
    private WorkBook At(long revision) => Snapshot is null ? this with { Position = new StreamPosition(Store, revision) } : this;

    private WorkBook Bookmark(long revision)
    {
        var held = Held;
        var endpoints = Endpoints;
        if (Snapshot is not null)
        {
            endpoints = endpoints.RemoveRange(endpoints.Keys.Where(uid => !SnapshotEndpoints.Contains(uid)));
            foreach (var (uid, work) in Held)
            {
                // A tombstone stays until it is acknowledged; a work that is missing is nobody's order to remove it.
                var isOrphan = work.Work is not null && !Snapshot.Contains(uid);
                if (isOrphan != work.IsOrphan)
                    held = held.SetItem(uid, work with { IsOrphan = isOrphan });
            }
        }

        return this with { Snapshot = null, SnapshotEndpoints = [], Held = held, Endpoints = endpoints, Position = new StreamPosition(Store, revision) };
    }
}
