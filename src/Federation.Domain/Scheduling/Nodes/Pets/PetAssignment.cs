using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>Gives pets that no node has to nodes: to that with its volume, else where there are fewest of the set, among these to another zone and then to the emptiest.</summary>
internal sealed class PetAssignment(NodePlanInput input, PetTable pets, List<NodeSeat> seats)
{
    private readonly ResourceAmounts _pod = ResourceAmounts.OfPod(input.Work.Template);

    /// <summary>Whether a pet of this node finds room on another.</summary>
    public bool HasRoomElsewhere(string node) => seats.Any(seat => seat.Node.Name != node && HasRoom(seat));

    /// <returns>Of pets that got none, why.</returns>
    public Dictionary<int, (string Reason, string Message)> Assign()
    {
        var waiting = new Dictionary<int, (string, string)>();
        var taken = pets.All.Select(entry => entry.Pet.Ordinal).ToHashSet();
        foreach (var pet in pets.Wanted.Values.Where(pet => !taken.Contains(pet.Ordinal)))
        {
            if (WaitsFor(pet) is { } wait)
                waiting[pet.Ordinal] = wait;
            else if (Choose(pet) is { } seat)
                pets.Set(seat.Node.Name, new NodePet(pet.Ordinal, pet.Epoch) { IsKept = input.Work.Pets is { IsFenced: false } });
            else
                waiting[pet.Ordinal] = (WorkPetReasons.Unschedulable, IsBound(pet) ? $"its volume is on {pet.Node}, which takes no pet now" : "no node takes it");
        }

        return waiting;
    }

    /// <summary>The node for a pet that comes with its volumes; null: none takes it now.</summary>
    public string? ChooseFor(int ordinal) => Choose(new WorkPet { Ordinal = ordinal })?.Node.Name;

    private (string Reason, string Message)? WaitsFor(WorkPet pet)
    {
        if (input.Fence.MayHaveForgotten && input.Fence.EarlierFencedAt > input.Now)
            return (WorkPetReasons.NodeAway, "the cluster agent has lost its memory, and waits until no machine that it does not know of can be running the pet");
        if (pet.Node is not { Length: > 0 } node || pets.SeatOf(node)?.Node.IsReady == true)
            return null;
        if (IsBound(pet))
            return (WorkPetReasons.NodeAway, $"its volume is on {node}, which is not Ready");
        return input.Work.Pets is { IsFenced: false } ? (WorkPetReasons.NodeAway, $"it may run on {node}, which is not Ready") : null;
    }

    private bool IsBound(WorkPet pet) => PetDeparture.HasVolumes(input) && !string.IsNullOrEmpty(pet.Node);

    private NodeSeat? Choose(WorkPet pet) => seats
        .Where(seat => HasRoom(seat) && (!IsBound(pet) || seat.Node.Name == pet.Node))
        .OrderBy(seat => seat.Tier)
        .ThenBy(seat => pets.HeldBy(seat.Node.Name).Count())
        .ThenBy(seat => pets.Held.Count(entry => pets.SeatOf(entry.Node)?.Node.Region == seat.Node.Region))
        .ThenByDescending(seat => FreeOf(seat).CpuMilli).ThenByDescending(seat => FreeOf(seat).MemoryBytes).ThenByDescending(seat => FreeOf(seat).Pods)
        .ThenBy(seat => seat.Node.Name, StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>What is released counts until it is gone.</summary>
    private bool HasRoom(NodeSeat seat) => seat is { IsOpen: true, Node.IsReady: true } && FreeOf(seat).Fit(_pod) > 0;

    private ResourceAmounts FreeOf(NodeSeat seat) => seat.Node.Free.Less(_pod * (pets.Of(seat.Node.Name).Count() + pets.Copies.Values.Count(node => node == seat.Node.Name)));
}
