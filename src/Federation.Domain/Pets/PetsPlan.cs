using System.Collections.Immutable;
using Federation.Api.Pets;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Pets;

/// <summary>The steps from what a PetSet is to what it should be.</summary>
/// <param name="Steps">Executed as those of every placed object. The write of the status is what releases and binds pets.</param>
/// <param name="AskFence">Clusters to ask, after the status is written, whether they are fenced; sorted. The answers go into <see cref="PetsObserved.Fenced"/> of the next plan.</param>
/// <param name="Notes">What was decided, for people; recorded once the status is written.</param>
public sealed record PetsPlan(PlacementPlan<PetSetStatus> Steps, ImmutableArray<string> AskFence, ImmutableArray<PetNote> Notes)
{
    public PetSetStatus NextStatus => Steps.NextStatus;
}

/// <summary>One event about the set.</summary>
/// <param name="Reason">A constant in CamelCase.</param>
/// <param name="Message">A sentence.</param>
public sealed record PetNote(string Reason, string Message, bool IsWarning = false);
