using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;
using Federation.Domain.Scheduling.Nodes;

namespace Federation.Domain.Tests.Scheduling.Nodes.Pets;

/// <summary>A cluster with one set of pets, played step by step: nodes that can be cut off, words that arrive late, permissions that end by themselves, and a checker that sees what really runs.</summary>
internal sealed class PetFleet
{
    public static readonly TimeSpan Permission = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private readonly SortedDictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Revision, IndexSet Named, Work Work, bool IsTombstone)> _sent = [];
    private readonly Dictionary<string, WorkStatus> _reports = [];
    private readonly Dictionary<string, (int Life, long Revision)> _reported = [];
    private readonly Dictionary<string, DateTimeOffset> _fencedAt = [];
    private readonly Dictionary<int, (string Machine, long Epoch)> _lastRuns = [];
    private readonly Dictionary<int, long> _epochs = [];
    private DateTimeOffset _earlierFencedAt = DateTimeOffset.MinValue;
    private int _life = 1;
    private long _revision = 1000;

    public PetFleet(Work work, params NodeSnapshot[] nodes)
    {
        Work = work;
        foreach (var node in nodes)
            Add(node);
    }

    public Work Work { get; set; }
    public DateTimeOffset Now { get; private set; } = TestApps.Start;
    public ImmutableArray<NodeShare> Shares { get; private set; } = [];
    public bool MayHaveForgotten { get; private set; }
    public NodePlan? Last { get; private set; }
    public IEnumerable<Machine> Machines => _machines.Values;
    public Machine this[string name] => _machines[name];
    public List<PendingEviction> Evictions { get; } = [];

    public static Work Set(int pets, bool volumes = false, bool kept = false) => NodeFleet.Replicas(0) with
    {
        Kind = "PetSet",
        Name = "db",
        Mode = WorkMode.Pets,
        Pets = new WorkPets
        {
            IsFenced = !kept,
            Claims = volumes ? [new WorkClaim { Name = "data" }] : [],
            Run = [.. Enumerable.Range(0, pets).Select(ordinal => new WorkPet { Ordinal = ordinal, Epoch = 1, TemplateHash = "h" })],
        },
    };

    public Machine Add(NodeSnapshot node) => _machines[node.Name] = new Machine(node);

    public void Want(Func<WorkPets, WorkPets> change) => Work = Work with { Pets = change(Work.Pets!) };

    public void Change(string name, Func<NodeSnapshot, NodeSnapshot> change) => _machines[name].Node = change(_machines[name].Node);

    public void Cut(string name)
    {
        _machines[name].IsCut = true;
        Change(name, node => node with { NotReadySince = node.NotReadySince ?? Now });
    }

    public void Heal(string name) => _machines[name].IsCut = false;

    /// <summary>As <c>node-forget</c>: the machine may go on, and nobody waits for it.</summary>
    public Machine Forget(string name)
    {
        _machines.Remove(name, out var machine);
        _reports.Remove(name);
        _reported.Remove(name);
        _sent.Remove(name);
        Lost.Add(machine!);
        return machine!;
    }

    public List<Machine> Lost { get; } = [];

    /// <summary>The cluster agent dies and starts anew. What it permitted it does not know; what it decided it knows unless it lost its disk.</summary>
    public void Restart(bool losesDisk)
    {
        (_life, _revision) = (_life + 1, 1000);
        _sent.Clear();
        _reports.Clear();
        _reported.Clear();
        _fencedAt.Clear();
        _earlierFencedAt = Now + Permission + Margin;
        // Until the permissions of earlier lives are over, the next life knows no more than this one.
        MayHaveForgotten |= losesDisk;
        if (losesDisk)
            Shares = [];
        foreach (var machine in _machines.Values.Where(machine => !machine.IsCut))
            Report(machine);
    }

    public void Wait(TimeSpan time)
    {
        Now += time;
        foreach (var machine in _machines.Values.Concat(Lost).Where(machine => machine.PermittedUntil <= Now && !IsKept))
            machine.Running.Clear();
    }

    private bool IsKept => Work.Pets is { IsFenced: false };

    public NodePlanInput Input => new()
    {
        Work = Work,
        Nodes = [.. _machines.Values.Select(machine => machine.Node)],
        Shares = Adopted(),
        Reports = _reports,
        Evictions = [.. Evictions],
        Revision = _revision,
        Now = Now,
        Fence = new NodeFence
        {
            Words = _sent.Where(pair => _reported.GetValueOrDefault(pair.Key) == (_life, pair.Value.Revision)).ToDictionary(pair => pair.Key, pair => pair.Value.Named),
            FencedAt = _fencedAt,
            EarlierFencedAt = _earlierFencedAt,
            MayHaveForgotten = MayHaveForgotten,
        },
    };

    /// <summary>Plans, keeps the plan, and puts a word to each node whose share says something else than before.</summary>
    public NodePlan Plan()
    {
        MayHaveForgotten &= _earlierFencedAt > Now;
        Last = NodePlanner.Plan(Input);
        Shares = Last.Shares;
        foreach (var share in Shares.Where(share => _machines.ContainsKey(share.Node)))
        {
            var isTombstone = share.Phase == NodeSharePhase.Withdrawing;
            var word = isTombstone ? Work with { Pets = new WorkPets() } : NodePlanner.WorkOf(Work, share);
            if (_sent.TryGetValue(share.Node, out var sent) && sent.IsTombstone == isTombstone && sent.Work.Pets!.Run.SequenceEqual(word.Pets!.Run))
                continue;
            _sent[share.Node] = (++_revision, IndexSet.Of(word.Pets!.Run.Select(pet => pet.Ordinal)), word, isTombstone);
        }

        foreach (var node in _sent.Keys.Where(node => Shares.All(share => share.Node != node)).ToList())
            _sent.Remove(node);
        return Last;
    }

    /// <summary>The control plane answers pets whose node is fenced with the next epoch, once for each.</summary>
    public void RaiseEpochs() => Want(pets => pets with
    {
        Run =
        [
            .. pets.Run.Select(pet => Last?.Pets.Any(place => place.Ordinal == pet.Ordinal && place.Epoch == pet.Epoch && place.Reason == WorkPetReasons.NodeFenced) == true
                ? pet with { Epoch = pet.Epoch + 1 } : pet),
        ],
    });

    /// <summary>For a pet that is added again: above all that it ever had.</summary>
    public long NextEpoch(int ordinal) => _epochs[ordinal] = _epochs.GetValueOrDefault(ordinal) + 100;

    /// <summary>The control plane notes where volumes are.</summary>
    public void NoteNodes() => Want(pets => pets with
    {
        Run = [.. pets.Run.Select(pet => pet with { Node = Last?.Pets.FirstOrDefault(place => place.Ordinal == pet.Ordinal) is { Node.Length: > 0 } place ? place.Node : pet.Node })],
    });

    public void Deliver(Machine machine)
    {
        if (machine.IsCut || !_machines.ContainsKey(machine.Node.Name))
            return;
        if (_sent.TryGetValue(machine.Node.Name, out var sent))
            machine.Word = (_life, sent.Revision, sent.Work, sent.IsTombstone);
    }

    /// <summary>The node stops what it is not asked to run, and starts what it may.</summary>
    public void Act(Machine machine, bool stops = true)
    {
        var wanted = machine.Word.Work?.Pets?.Run.ToDictionary(pet => pet.Ordinal) ?? [];
        if (stops)
        {
            foreach (var ordinal in machine.Running.Keys.Where(ordinal => !wanted.ContainsKey(ordinal) || wanted[ordinal].Epoch != machine.Running[ordinal]).ToList())
                machine.Running.Remove(ordinal);
        }

        foreach (var pet in wanted.Values.Where(pet => !machine.Running.ContainsKey(pet.Ordinal) && (IsKept || machine.PermittedUntil > Now)))
            Start(machine, pet);
    }

    /// <summary>The node speaks, and is permitted to go on once it knows its newest word.</summary>
    public void Report(Machine machine)
    {
        var name = machine.Node.Name;
        if (machine.IsCut || !_machines.ContainsKey(name))
            return;
        machine.Node = machine.Node with { NotReadySince = null };
        var wanted = machine.Word.Work?.Pets?.Run ?? [];
        var named = wanted.Select(pet => (pet.Ordinal, pet.Epoch)).Concat(machine.Running.Select(pet => (Ordinal: pet.Key, Epoch: pet.Value))).DistinctBy(pet => pet.Ordinal);
        _reported[name] = (machine.Word.Life, machine.Word.Revision);
        _reports[name] = new WorkStatus
        {
            Uid = Work.Uid,
            Revision = machine.Word.Revision,
            Running = machine.Running.Count,
            Gone = machine.Word.IsTombstone && machine.Running.Count == 0,
            Pets =
            [
                .. named.Select(pet => new WorkPetStatus
                {
                    Ordinal = pet.Ordinal,
                    Epoch = machine.Running.GetValueOrDefault(pet.Ordinal, pet.Epoch),
                    Phase = machine.Running.ContainsKey(pet.Ordinal) && !machine.IsBroken ? WorkPetPhase.Ready : machine.Running.ContainsKey(pet.Ordinal) ? WorkPetPhase.Running : WorkPetPhase.Waiting,
                }),
            ],
        };
    }

    /// <summary>The answer to a report comes after the plan that the report led to.</summary>
    public void Permit(Machine machine)
    {
        var name = machine.Node.Name;
        if (machine.IsCut || !_machines.ContainsKey(name) || !_reports.ContainsKey(name))
            return;
        _fencedAt[name] = Now + Permission + Margin;
        if (!_sent.TryGetValue(name, out var sent) || (machine.Word.Life, machine.Word.Revision) == (_life, sent.Revision))
            machine.PermittedUntil = Now + Permission;
    }

    /// <summary>Everything goes well for a while.</summary>
    public NodePlan Settle(int rounds = 120)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var machine in _machines.Values)
            {
                Report(machine);
                Plan();
                Deliver(machine);
                Permit(machine);
                Act(machine);
                Check();
            }

            RaiseEpochs();
            NoteNodes();
            if (Plan().IsConverged)
                return Last!;
            Wait(TimeSpan.FromSeconds(1));
        }

        return Last!;
    }

    public string Text() => $"{string.Join("; ", Shares.Select(share => $"{share.Node} {share.Phase} [{string.Join(' ', share.Pets.Select(pet => $"{pet.Ordinal}e{pet.Epoch}{(pet.IsReleased ? "-" : "")}"))}]"))}"
        + $" | {string.Join("; ", _machines.Values.Select(machine => $"{machine.Node.Name}{(machine.IsCut ? " cut" : "")}{(machine.Node.IsReady ? "" : " away")}{(machine.Node.Drain ? " drained" : "")} runs [{string.Join(' ', machine.Running.Select(pet => $"{pet.Key}e{pet.Value}"))}]"))}"
        + $" | {string.Join("; ", Last?.Pets.Select(place => $"{place.Ordinal}:{place.Node} {place.Reason}") ?? [])}";

    /// <summary>What must hold at every moment.</summary>
    public void Check()
    {
        foreach (var group in _machines.Values.Concat(Lost).SelectMany(machine => machine.Running.Keys.Select(ordinal => (ordinal, machine.Node.Name))).GroupBy(pair => pair.ordinal))
            group.Count().ShouldBe(1, $"pet {group.Key} runs on {string.Join(" and ", group.Select(pair => pair.Name))}: {Text()}");
        foreach (var group in Shares.SelectMany(share => share.Pets.Where(pet => !pet.IsReleased)).GroupBy(pet => pet.Ordinal))
            group.Count().ShouldBe(1, $"pet {group.Key} is asked of two nodes: {Text()}");
        foreach (var ordinal in _machines.Values.Concat(Lost).SelectMany(machine => machine.Running.Keys))
            (Last is null || MayHaveForgotten || Last.Pets.Any(place => place.Ordinal == ordinal)).ShouldBeTrue($"pet {ordinal} runs and is not named: {Text()}");
    }

    private void Start(Machine machine, WorkPet pet)
    {
        if (_lastRuns.TryGetValue(pet.Ordinal, out var last))
        {
            pet.Epoch.ShouldBeGreaterThanOrEqualTo(last.Epoch, $"epochs of pet {pet.Ordinal} do not go back: {Text()}");
            if (last.Machine != machine.Node.Name && !HasLetGo(last.Machine, pet.Ordinal))
                pet.Epoch.ShouldBeGreaterThan(last.Epoch, $"pet {pet.Ordinal} starts on {machine.Node.Name} without the word of {last.Machine}: {Text()}");
        }

        _lastRuns[pet.Ordinal] = (machine.Node.Name, pet.Epoch);
        machine.Running[pet.Ordinal] = pet.Epoch;
    }

    /// <summary>The machine knows that it is not to run the pet.</summary>
    private bool HasLetGo(string machine, int ordinal) =>
        _machines.TryGetValue(machine, out var there) && there.Word.Work?.Pets?.Run.All(pet => pet.Ordinal != ordinal) == true;

    /// <summary>What a node runs without a share counts as its share.</summary>
    private ImmutableArray<NodeShare> Adopted() => NodePlanner.Adopt(
        Shares, _machines.Values.Where(machine => machine.Node.IsReady && _reports.ContainsKey(machine.Node.Name)).Select(machine => (machine.Node.Name, _reports[machine.Node.Name])), IsKept, Now);

    internal sealed class Machine(NodeSnapshot node)
    {
        public NodeSnapshot Node { get; set; } = node;
        public bool IsCut { get; set; }
        public bool IsBroken { get; set; }
        public SortedDictionary<int, long> Running { get; } = [];
        public DateTimeOffset PermittedUntil { get; set; }
        public (int Life, long Revision, Work? Work, bool IsTombstone) Word { get; set; }
    }
}
