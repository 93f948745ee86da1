using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>During one plan: which nodes have which pets. Decides when a node has a pet no more.</summary>
/// <remarks>
/// <code>
/// a pet that its node is asked to run no more is gone from the node when
///   the node has stored its newest word, which does not name the pet, and its report does not name it either
///   it needs permission, the node is fenced, and the pet is wanted with a higher epoch
///   the node was given up for good, and the pet needs no permission, or the node is fenced and the pet is not wanted
/// </code>
/// A fenced node that comes back finds the word that took the pet away in its stream before it may run anything: its share stays until it has confirmed.
/// </remarks>
internal sealed class PetTable
{
    private readonly NodePlanInput _input;
    private readonly Dictionary<string, NodeSeat> _seats;
    private readonly SortedDictionary<string, SortedDictionary<int, NodePet>> _pets = new(StringComparer.Ordinal);

    public PetTable(NodePlanInput input, List<NodeSeat> seats)
    {
        _input = input;
        _seats = seats.ToDictionary(seat => seat.Node.Name);
        foreach (var pet in input.Work.Pets?.Run ?? [])
            Wanted.TryAdd(pet.Ordinal, pet);
        foreach (var share in input.Shares)
        {
            if (_pets.ContainsKey(share.Node))
                continue;
            var pets = _pets[share.Node] = [];
            foreach (var pet in share.Pets)
                pets[pet.Ordinal] = pet;
        }
    }

    /// <summary>Which node brings whose volumes.</summary>
    public Dictionary<NodeCopy, string> Copies { get; set; } = [];

    /// <summary>What the cluster is asked to run, by ordinal.</summary>
    public SortedDictionary<int, WorkPet> Wanted { get; } = [];

    public IEnumerable<(string Node, NodePet Pet)> All => _pets.SelectMany(node => node.Value.Values.Select(pet => (node.Key, pet)));

    public IEnumerable<(string Node, NodePet Pet)> Held => All.Where(entry => !entry.Pet.IsReleased);

    public IEnumerable<NodePet> Of(string node) => _pets.TryGetValue(node, out var pets) ? pets.Values : [];

    public IEnumerable<NodePet> HeldBy(string node) => Of(node).Where(pet => !pet.IsReleased);

    public NodeSeat? SeatOf(string node) => _seats.GetValueOrDefault(node);

    public void Set(string node, NodePet pet)
    {
        if (!_pets.TryGetValue(node, out var pets))
            _pets[node] = pets = [];
        pets[pet.Ordinal] = pet;
    }

    public void Release(string node, NodePet pet) => Set(node, pet with { IsReleased = true });

    public WorkPetStatus? ReportOf(string node, int ordinal) =>
        _input.Reports.GetValueOrDefault(node)?.Pets.FirstOrDefault(pet => pet.Ordinal == ordinal);

    public bool IsReady(string node, int ordinal) => SeatOf(node)?.Node.IsReady == true && ReportOf(node, ordinal)?.Phase == WorkPetPhase.Ready;

    public bool IsFenced(string node) => _input.Fence.FencedAtOf(node) <= _input.Now;

    /// <summary>What is released can be running there still.</summary>
    public bool MayRun(string node, NodePet pet) => pet.IsKept || !IsFenced(node);

    /// <summary>Takes out what the nodes have no more.</summary>
    public void Resolve()
    {
        foreach (var (node, pet) in All.Where(entry => entry.Pet.IsReleased).ToList())
        {
            if (HasWord(node, pet.Ordinal) || IsTakenOver(node, pet))
                _pets[node].Remove(pet.Ordinal);
        }
    }

    private bool HasWord(string node, int ordinal) =>
        _input.Fence.Words.TryGetValue(node, out var named) && !named.Contains(ordinal) && ReportOf(node, ordinal) is null;

    private bool IsTakenOver(string node, NodePet pet)
    {
        var isGivenUp = SeatOf(node) is null;
        if (pet.IsKept)
            return isGivenUp;
        if (!IsFenced(node))
            return false;
        return Wanted.TryGetValue(pet.Ordinal, out var wanted) ? wanted.Epoch > pet.Epoch : isGivenUp;
    }
}
