using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>Says of a work with pets why it is where it is.</summary>
internal static class PetExplanation
{
    private const int MostNames = 3;

    public static NodePlan Explain(NodePlanInput input, PetTable pets, ImmutableArray<NodePetPlace> places, Refusals refusals)
    {
        ImmutableArray<NodeRefusal> refused = [.. refusals.Groups.Select(group => new NodeRefusal(group.Filter, group.Reason, group.Count, [.. group.Names]))];
        var unplaced = places.Where(place => place.Reason is WorkPetReasons.Unschedulable or WorkPetReasons.NodeAway && place.Node.Length == 0).ToList();
        var stuck = places.Where(place => place.Reason == WorkPetReasons.CannotMove).ToList();
        var moving = places.Where(place => place.Reason is WorkPetReasons.Moving or WorkPetReasons.NodeFenced).ToList();
        var (reason, message) = (unplaced.Count, stuck.Count, moving.Count) switch
        {
            ( > 0, _, _) => (NodeReasons.Unschedulable, Text(input, unplaced) + Refused(refused)),
            (_, > 0, _) => (NodeReasons.CannotMove, Text(input, stuck)),
            (_, _, > 0) => (NodeReasons.Moving, Text(input, moving)),
            _ => ((string?)null, (string?)null),
        };
        return new NodePlan
        {
            Shares = [],
            Wanted = pets.Wanted.Count,
            Unplaced = unplaced.Count,
            Leaving = stuck.Count + moving.Count,
            Refused = refused,
            Reason = reason,
            Message = message,
            IsConverged = input.Evictions.IsEmpty && pets.All.All(entry => !entry.Pet.IsReleased) && pets.Wanted.Values.All(pet => RunsAsAsked(pets, pet)),
        };
    }

    private static bool RunsAsAsked(PetTable pets, WorkPet pet) =>
        pets.Held.Any(entry => entry.Pet.Ordinal == pet.Ordinal && entry.Pet.Epoch >= pet.Epoch && pets.IsReady(entry.Node, pet.Ordinal) && pets.ReportOf(entry.Node, pet.Ordinal)!.Epoch == entry.Pet.Epoch);

    private static string Text(NodePlanInput input, List<NodePetPlace> places) =>
        string.Join("; ", places.Take(MostNames).Select(place => place.Message!.StartsWith(input.Work.Name + "-", StringComparison.Ordinal) ? place.Message : $"{input.Work.Name}-{place.Ordinal}: {place.Message}"))
        + (places.Count > MostNames ? $"; and {places.Count - MostNames} more" : "");

    private static string Refused(ImmutableArray<NodeRefusal> refused) => string.Concat(refused.Take(MostNames).Select(group => $"; {group.Filter} refused {string.Join(", ", group.Nodes.Take(MostNames))} ({group.Reason})"));
}
