namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>A pet that a node runs or may still run. Part of the node's share, and as durable.</summary>
/// <param name="Ordinal">The pet.</param>
/// <param name="Epoch">As the node is asked to run it, or was.</param>
public sealed record NodePet(int Ordinal, long Epoch)
{
    /// <summary>The node is asked to run it no more, and may not have obeyed yet. Until that is known no other node gets the pet.</summary>
    public bool IsReleased { get; init; }

    /// <summary>It runs without permission: only the node's own word, or a person's, says that it has stopped. Stays so for the pet's time on the node.</summary>
    public bool IsKept { get; init; }
}

/// <summary>A pet whose volumes a node is to bring to it. Part of the node's share, and as durable.</summary>
/// <param name="Ordinal">The pet.</param>
/// <param name="Epoch">Names the copy, see <see cref="Api.Agents.WorkPetCopy.Epoch"/>.</param>
public sealed record NodeCopy(int Ordinal, long Epoch);

/// <summary>Where a copy stands after a plan.</summary>
/// <param name="Ordinal">The pet.</param>
/// <param name="Epoch">Names the copy.</param>
/// <param name="Node">That it was given to; empty: none.</param>
/// <param name="Reason">Why it cannot go on; null: the node says how it goes.</param>
/// <param name="Message">The reason in a sentence.</param>
public sealed record NodeCopyPlace(int Ordinal, long Epoch, string Node, string? Reason, string? Message);

/// <summary>Where a pet stands after a plan.</summary>
/// <param name="Ordinal">The pet.</param>
/// <param name="Epoch">That it has on the node; that it is to have, while it has none.</param>
/// <param name="Node">That it is on, or may still run on; empty: none.</param>
/// <param name="Reason">A constant of <see cref="Api.Agents.WorkPetReasons"/>; null: it is where it is to be.</param>
/// <param name="Message">The reason in a sentence.</param>
public sealed record NodePetPlace(int Ordinal, long Epoch, string Node, string? Reason, string? Message)
{
    /// <summary>It can be running on that node.</summary>
    public bool MayRun { get; init; }
}
