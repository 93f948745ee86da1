namespace Federation.Domain.Scheduling.Nodes.Snapshots;

/// <summary>Where an item of a PetSnapshot is stored, or is to be, after a plan.</summary>
/// <param name="Id">The item.</param>
/// <param name="Node">That has it or is to have it; empty: none.</param>
/// <param name="Reason">Why it cannot go on, one of <see cref="Api.Agents.WorkSnapshotReasons"/>; null: the node says how it goes.</param>
/// <param name="Message">The reason in a sentence.</param>
public sealed record NodeItemPlace(string Id, string Node, string? Reason, string? Message);
