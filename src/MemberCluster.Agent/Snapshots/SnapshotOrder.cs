using Federation.Api.Agents;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Snapshots;

/// <summary>A part of an item of a PetSnapshot.</summary>
internal readonly record struct PartKey(string Uid, string Id, WorkSnapshotPart Part);

/// <summary>What a machine is to do for a part of an item.</summary>
/// <param name="Part">Which one.</param>
/// <param name="Namespace">Of the PetSnapshot and of the set.</param>
/// <param name="Name">The PetSnapshot's.</param>
internal abstract record SnapshotOrder(PartKey Part, string Namespace, string Name)
{
    public sealed record Take(PartKey Part, string Namespace, string Name, WorkSnapshotTake What) : SnapshotOrder(Part, Namespace, Name);

    public sealed record Hold(PartKey Part, string Namespace, string Name, WorkSnapshotHold What) : SnapshotOrder(Part, Namespace, Name);

    public sealed record Discard(PartKey Part, string Namespace, string Name) : SnapshotOrder(Part, Namespace, Name);

    /// <summary>The same task, so that one that is under way goes on. Of an item that is to be taken nothing changes.</summary>
    public bool IsSameAs(SnapshotOrder other) => Part == other.Part && (this, other) switch
    {
        (Take, Take) or (Discard, Discard) => true,
        (Hold one, Hold two) => (one.What.FromCluster, one.What.FromNode) == (two.What.FromCluster, two.What.FromNode),
        _ => false,
    };

    /// <summary>What is to go is neither taken nor stored.</summary>
    public static IEnumerable<SnapshotOrder> Of(HeldWork? held)
    {
        if (held?.Work is not { Snapshots: { } snapshots } work)
            return [];
        return snapshots.Discard.Select(one => (SnapshotOrder)new Discard(new PartKey(work.Uid, one.Id, one.Part), work.Namespace, work.Name))
            .Concat(snapshots.Take.Select(one => new Take(new PartKey(work.Uid, one.Id, WorkSnapshotPart.Taken), work.Namespace, work.Name, one)))
            .Concat(snapshots.Hold.Select(one => new Hold(new PartKey(work.Uid, one.Id, WorkSnapshotPart.Stored), work.Namespace, work.Name, one)))
            .DistinctBy(order => order.Part);
    }
}
