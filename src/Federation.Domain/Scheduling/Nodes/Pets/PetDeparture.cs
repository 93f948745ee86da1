using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>Decides which pets nodes are asked to run no more. Breaks before it makes: a pet stops on one node before it starts on another.</summary>
/// <remarks>
/// <code>
/// the pet                                       without a volume of its own               with one
/// is not wanted, or is another node's too       leaves                                    leaves
/// is on a node that was given up for good       leaves                                    leaves
/// is on a node that is lost                     leaves, unless it runs without permission  waits for the node
/// is to leave a node that is there              leaves when another has room, one at a time  stays, and the work says why
/// </code>
/// One at a time: a pet that is ready leaves only while every other pet of the set in this cluster is ready.
/// </remarks>
internal static class PetDeparture
{
    /// <summary>Why pets that are to leave stay, by ordinal.</summary>
    public static Dictionary<int, (string Reason, string Message)> Decide(NodePlanInput input, PetTable pets, List<NodeSeat> seats, Func<string, bool> hasRoomElsewhere)
    {
        var staying = new Dictionary<int, (string, string)>();
        foreach (var seat in seats)
        {
            if (seat.Node.IsReady)
                LeaveReady(input, pets, seat, staying, hasRoomElsewhere);
            else if (seat.IsLost && !HasVolumes(input))
                LeaveLost(pets, seat.Node.Name);
        }

        return staying;
    }

    public static bool HasVolumes(NodePlanInput input) => input.Work.Pets is { Claims.Count: > 0 };

    /// <summary>What needs no room elsewhere.</summary>
    public static void DecideUnwanted(PetTable pets)
    {
        foreach (var (node, pet) in pets.Held.ToList())
        {
            if (!pets.Wanted.ContainsKey(pet.Ordinal) || pets.SeatOf(node) is null)
                pets.Release(node, pet);
        }

        foreach (var group in pets.Held.GroupBy(entry => entry.Pet.Ordinal).Where(group => group.Count() > 1).ToList())
        {
            var stays = group.OrderByDescending(entry => entry.Pet.Epoch).ThenByDescending(entry => pets.IsReady(entry.Node, entry.Pet.Ordinal)).ThenBy(entry => entry.Node, StringComparer.Ordinal).First();
            foreach (var (node, pet) in group.Where(entry => entry != stays))
                pets.Release(node, pet);
        }
    }

    private static void LeaveLost(PetTable pets, string node)
    {
        foreach (var pet in pets.HeldBy(node).Where(pet => !pet.IsKept).ToList())
            pets.Release(node, pet);
    }

    private static void LeaveReady(
        NodePlanInput input, PetTable pets, NodeSeat seat, Dictionary<int, (string, string)> staying, Func<string, bool> hasRoomElsewhere)
    {
        var node = seat.Node.Name;
        foreach (var pet in Leaving(pets, seat).ToList())
        {
            var name = $"{input.Work.Name}-{pet.Ordinal}";
            if (HasVolumes(input))
                staying[pet.Ordinal] = (WorkPetReasons.CannotMove, $"{name} stays on {node} although {seat.LeavingBecause}: its volume is there");
            else if (!hasRoomElsewhere(node))
                staying[pet.Ordinal] = (WorkPetReasons.CannotMove, $"{name} stays on {node} although {seat.LeavingBecause}: no other node takes it");
            else if (pets.IsReady(node, pet.Ordinal) && Unready(pets, pet.Ordinal) is { } other)
                staying[pet.Ordinal] = (WorkPetReasons.Moving, $"{name} stays on {node} although {seat.LeavingBecause}, until {input.Work.Name}-{other} is ready");
            else
                pets.Release(node, pet);
        }
    }

    /// <summary>What was evicted first, then what does not serve, then the highest ordinals.</summary>
    private static IEnumerable<NodePet> Leaving(PetTable pets, NodeSeat seat)
    {
        var evicted = seat.Evictions.Select(eviction => eviction.Index ?? -1).ToHashSet();
        var node = seat.Node.Name;
        return pets.HeldBy(node)
            .Where(pet => !seat.LeavesOnlyEvicted || evicted.Contains(pet.Ordinal))
            .OrderByDescending(pet => evicted.Contains(pet.Ordinal)).ThenBy(pet => pets.IsReady(node, pet.Ordinal)).ThenByDescending(pet => pet.Ordinal)
            .Take(seat.Leaving);
    }

    private static int? Unready(PetTable pets, int but)
    {
        var ready = pets.Held.Where(entry => pets.IsReady(entry.Node, entry.Pet.Ordinal)).Select(entry => entry.Pet.Ordinal).ToHashSet();
        return pets.Wanted.Keys.Where(ordinal => ordinal != but && !ready.Contains(ordinal)).Select(ordinal => (int?)ordinal).FirstOrDefault();
    }
}
