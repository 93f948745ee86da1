using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Domain.Pets;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Pets;

/// <summary>One cluster that keeps to the contract.</summary>
internal sealed class FakeCluster(string name, string region)
{
    private readonly Dictionary<int, int> _readyAt = [];
    private WorkRendering _said = WorkRendering.Silent.Instance;
    private Work? _work;
    private long _revision;
    private bool _isGone;

    public string Name => name;
    public string Region => region;
    public bool IsLinked { get; set; } = true;
    public int HeardAt { get; set; }
    public int PermittedAt { get; set; }
    public int PermissionEnds { get; set; }
    public long FenceFrom { get; set; }
    public long FencedFrom { get; set; }
    public long Applied { get; private set; }
    public Tombstone? Buried { get; set; }
    public Queue<WorkStatus> Reports { get; } = new();

    /// <summary>What runs, by ordinal.</summary>
    public Dictionary<int, WorkPet> Running { get; } = [];

    public void Take(WorkRendering rendering, long revision)
    {
        Applied = revision;
        if (Buried is { } buried)
            (rendering, Buried) = (new WorkRendering.Remove(buried), null);
        if (rendering is WorkRendering.Silent)
            return;
        _said = rendering;
        (_work, _revision, _isGone) = rendering switch
        {
            WorkRendering.Run run => (run.Work, run.Work.Revision, false),
            WorkRendering.Remove remove => (null, remove.Tombstone.Revision, true),
            _ => (_work, _revision, _isGone),
        };
    }

    public void Run(int now, Random random, PetWorld world)
    {
        var mayRun = now < PermissionEnds && Applied >= FenceFrom;
        var wanted = (_work?.Pets?.Run ?? []).Where(_ => mayRun || _work?.Pets?.IsFenced == false).ToDictionary(pet => pet.Ordinal);
        foreach (var ordinal in Running.Keys.ToList())
        {
            if (!wanted.TryGetValue(ordinal, out var pet) || pet != Running[ordinal])
                Running.Remove(ordinal);
        }

        foreach (var (ordinal, pet) in wanted.Where(pet => !Running.ContainsKey(pet.Key) && random.Next(2) == 0))
        {
            (Running[ordinal], _readyAt[ordinal]) = (pet, now + random.Next(3));
            if (world.Set.HasVolumes())
                world.Volumes.Start(name, ordinal, world);
        }

        foreach (var ordinal in Running.Keys.Where(_ => world.Set.HasVolumes()))
            world.Volumes.Write(name, ordinal);
        foreach (var ordinal in (_work?.Pets?.Discard ?? []).Where(ordinal => !Running.ContainsKey(ordinal) && random.Next(2) == 0))
            world.Volumes.Delete(name, ordinal, world);
        Copy(random, world);
        _now = now;
    }

    /// <summary>Volumes come from a cluster that can be reached, in pieces; what is not asked for any more stays a piece.</summary>
    private void Copy(Random random, PetWorld world)
    {
        var asked = (_work?.Pets?.Copies ?? []).ToDictionary(copy => (copy.Ordinal, copy.Epoch));
        foreach (var gone in _copies.Keys.Where(key => !asked.ContainsKey(key)).ToList())
            _copies.Remove(gone);
        foreach (var (key, copy) in asked)
        {
            var state = _copies.GetValueOrDefault(key) ?? new WorkPetCopyStatus { Ordinal = copy.Ordinal, Epoch = copy.Epoch, Node = $"{name}-1" };
            if (state.Phase is WorkPetCopyPhase.Waiting or WorkPetCopyPhase.Copying && IsLinked && CopiesFail?.Invoke() == true)
                state = state with { Phase = WorkPetCopyPhase.Failed, Message = "the disk is too small" };
            else if (state.Phase is WorkPetCopyPhase.Waiting or WorkPetCopyPhase.Copying && IsLinked && MayRead(copy, world))
                state = world.Volumes.Carry(copy, name, state, isLast: random.Next(3) == 0 && !CopiesStall, world);
            _copies[key] = state;
        }
    }

    /// <summary>The gateway passes bytes on only while the object says that this pet moves here.</summary>
    private bool MayRead(WorkPetCopy copy, PetWorld world) =>
        world.Clusters.Exists(cluster => cluster.Name == copy.FromCluster && cluster.IsLinked)
        && world.Set.Status.Pets.Any(pet => (pet.Ordinal, pet.Epoch) == (copy.Ordinal, copy.Epoch) && pet.IsCarried() && pet.Move!.To == name);

    private readonly Dictionary<(int Ordinal, long Epoch), WorkPetCopyStatus> _copies = [];

    /// <summary>Whether a copy meets with something that trying again does not help against.</summary>
    public Func<bool>? CopiesFail { get; set; }

    /// <summary>True: copies go on and do not end.</summary>
    public bool CopiesStall { get; set; }

    /// <summary>True: no pet gets ready from now on.</summary>
    public bool NeverReady { get; set; }

    private int _now;

    public bool IsReady(int ordinal) => Running.ContainsKey(ordinal) && !NeverReady && _now >= _readyAt[ordinal];

    public void Report(PetSet set, PetVolumes volumes)
    {
        if (_said is WorkRendering.Silent)
            return;
        var pets = (_work?.Pets?.Run ?? []).Select(pet => StatusOf(pet, Running.GetValueOrDefault(pet.Ordinal)))
            .Concat(Running.Where(running => _work?.Pets?.Run.Any(pet => pet.Ordinal == running.Key) != true).Select(running => StatusOf(running.Value, running.Value)))
            .Concat((_work?.Pets?.Discard ?? []).Where(ordinal => volumes.Has(name, ordinal) && !Running.ContainsKey(ordinal)).Select(ordinal => new WorkPetStatus { Ordinal = ordinal, Phase = WorkPetPhase.Waiting }));
        Reports.Enqueue(new WorkStatus
        {
            Uid = set.Metadata.Uid!,
            Kind = set.Kind,
            Namespace = set.Metadata.Namespace!,
            Name = set.Metadata.Name,
            Revision = _revision,
            Gone = _isGone && Running.Count == 0,
            Running = Running.Count,
            Ready = Running.Keys.Count(IsReady),
            Pets = [.. pets],
            Copies = [.. _copies.Values],
        });
    }

    private WorkPetStatus StatusOf(WorkPet pet, WorkPet? running) => new()
    {
        Ordinal = pet.Ordinal,
        Epoch = running?.Epoch ?? pet.Epoch,
        TemplateHash = running?.TemplateHash ?? pet.TemplateHash,
        Node = running is null ? "" : $"{name}-1",
        Phase = running is null ? WorkPetPhase.Waiting : IsReady(pet.Ordinal) ? WorkPetPhase.Ready : WorkPetPhase.Running,
    };
}
