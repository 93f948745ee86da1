using System.Collections.Immutable;
using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>Says of every pet that is wanted, or that some node can be running, where it is.</summary>
internal static class PetPlaces
{
    /// <param name="troubles">By ordinal, what the plan found.</param>
    public static ImmutableArray<NodePetPlace> Of(PetTable pets, IReadOnlyDictionary<int, (string Reason, string Message)> troubles)
    {
        var places = new List<NodePetPlace>();
        var named = pets.All.ToLookup(entry => entry.Pet.Ordinal);
        foreach (var ordinal in pets.Wanted.Keys.Union(named.Select(group => group.Key)).Order())
        {
            var held = named[ordinal].FirstOrDefault(entry => !entry.Pet.IsReleased);
            if (held.Pet is not null)
                places.Add(OfHeld(pets, held.Node, held.Pet, troubles));
            else if (LastOf(pets, named[ordinal]) is { } last)
                places.AddIfNamed(OfReleased(pets, last.Node, last.Pet));
            else
                places.Add(new NodePetPlace(ordinal, pets.Wanted[ordinal].Epoch, "", troubles[ordinal].Reason, troubles[ordinal].Message));
        }

        return [.. places];
    }

    /// <summary>Of several that a pet is leaving, the one that can be running it the longest.</summary>
    private static (string Node, NodePet Pet)? LastOf(PetTable pets, IEnumerable<(string Node, NodePet Pet)> entries) =>
        entries.OrderByDescending(entry => pets.MayRun(entry.Node, entry.Pet)).ThenByDescending(entry => entry.Pet.Epoch).Select(entry => ((string, NodePet)?)entry).FirstOrDefault();

    private static void AddIfNamed(this List<NodePetPlace> places, NodePetPlace? place)
    {
        if (place is not null)
            places.Add(place);
    }

    private static NodePetPlace OfHeld(PetTable pets, string node, NodePet pet, IReadOnlyDictionary<int, (string Reason, string Message)> troubles)
    {
        if (pets.SeatOf(node)?.Node.IsReady != true)
            return new NodePetPlace(pet.Ordinal, pet.Epoch, node, WorkPetReasons.NodeAway, $"{node} is not Ready") { MayRun = pet.IsKept || !pets.IsFenced(node) };
        return troubles.TryGetValue(pet.Ordinal, out var trouble)
            ? new NodePetPlace(pet.Ordinal, pet.Epoch, node, trouble.Reason, trouble.Message) { MayRun = true }
            : new NodePetPlace(pet.Ordinal, pet.Epoch, node, null, null) { MayRun = true };
    }

    private static NodePetPlace? OfReleased(PetTable pets, string node, NodePet pet)
    {
        var isWanted = pets.Wanted.ContainsKey(pet.Ordinal);
        if (pets.MayRun(node, pet))
        {
            var isHeard = pets.SeatOf(node)?.Node.IsReady == true;
            var until = pet.IsKept ? "" : " until its permission is over";
            var (reason, message) = isHeard ? (WorkPetReasons.Moving, $"it leaves {node}") : (WorkPetReasons.NodeAway, $"{node} is not Ready, and may still run it{until}");
            return new NodePetPlace(pet.Ordinal, pet.Epoch, node, reason, message) { MayRun = true };
        }

        return isWanted ? new NodePetPlace(pet.Ordinal, pet.Epoch, node, WorkPetReasons.NodeFenced, $"{node} is not Ready and cannot run it any more; it starts on another node with the next epoch") : null;
    }
}
