using System.Collections.Immutable;
using Federation.Api.Nodes;

namespace MemberCluster.Agent.Reports;

/// <summary>What was seen of a machine, besides whether its engine answers.</summary>
/// <param name="Images">That it has.</param>
/// <param name="Disk">The disk is nearly full; null: it is not.</param>
/// <param name="Memory">The memory is nearly used up; null: it is not.</param>
internal sealed record MachineState(ImmutableArray<NodeImage> Images, Trouble? Disk, Trouble? Memory)
{
    /// <summary>No fenced pets run here; null: they may.</summary>
    public Trouble? Pets { get; init; }

    public static MachineState Unknown { get; } = new([], null, null);

    public bool Equals(MachineState? other) => other is not null && (Disk, Memory, Pets) == (other.Disk, other.Memory, other.Pets)
        && Images.Length == other.Images.Length && Images.Zip(other.Images).All(pair => pair.First.SizeBytes == pair.Second.SizeBytes && pair.First.Names.SequenceEqual(pair.Second.Names));

    public override int GetHashCode() => HashCode.Combine(Images.Length, Disk, Memory);
}
