using System.Text;
using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Domain.Pets;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Pets;

public sealed class PetPlannerPropertyTests
{
    private const int Seeds = 50;
    private static readonly (string, string)[] Clusters = [("c1", "r1"), ("c2", "r1"), ("c3", "r2"), ("c4", "r3")];

    [Fact]
    public void Plan_RandomHistories_NeverTwoOfOnePetAndConvergesWhenFaultsStop()
    {
        var notes = new List<string>();
        for (var seed = 1; seed <= Seeds; seed++)
            notes.AddRange(Run(seed));

        foreach (var (what, least) in ((string, int)[])[("PetMoved", 10), ("MoveTakenBack", 5), ("VolumesDeleted", 10)])
            notes.Count(note => note.Contains($": {what}: ")).ShouldBeGreaterThan(least, $"the histories must have come to {what}");
    }

    private static List<string> Run(int seed)
    {
        var random = new Random(seed);
        var set = TestPets.Db(1 + random.Next(5), spec => spec with
        {
            PodManagementPolicy = random.Next(2) == 0 ? PodManagementPolicy.OrderedReady : PodManagementPolicy.Parallel,
            MinReadySeconds = random.Next(3),
            VolumeClaims = random.Next(2) == 0 ? [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi") }] : [],
            VolumeRetention = new VolumeRetention { WhenScaled = random.Next(3) == 0 ? RetentionPolicy.Delete : RetentionPolicy.Retain },
            Placement = new PetPlacement { Failover = new PetFailover { Volumes = random.Next(2) == 0 ? FailoverVolumes.Empty : FailoverVolumes.Wait } },
            Ordinals = new PetOrdinals { Start = random.Next(3) },
            PartitionPolicy = random.Next(2) == 0 ? PartitionPolicy.Keep : PartitionPolicy.Fence,
        });
        var world = new PetWorld(set, seed, Clusters) { IsFaulty = true };
        foreach (var cluster in world.Clusters)
            cluster.CopiesFail = () => world.IsFaulty && random.Next(40) == 0;
        var checks = new PetChecks(world, seed);
        for (var i = 0; i < 120; i++)
        {
            if (random.Next(12) == 0)
                Edit(world, random);
            world.Step();
            checks.AfterStep();
        }

        // What waits for volumes where it must not run waits for a person: that is no fault that ends.
        if (world.Set.HasVolumes())
            world.Edit(edited => edited with { Spec = edited.Spec with { Placement = edited.Spec.Placement with { Regions = [] } } });
        world.IsFaulty = false;
        foreach (var cluster in world.Clusters)
            cluster.IsLinked = true;
        for (var i = 0; i < 200 && !checks.IsConverged(); i++)
        {
            world.Step();
            checks.AfterStep();
        }

        checks.Converged();
        return world.Trace;
    }

    private static void Edit(PetWorld world, Random random)
    {
        var pets = world.Set.Status.Pets;
        switch (random.Next(11))
        {
            case 0 or 1:
                world.Edit(set => set with { Spec = set.Spec with { Replicas = random.Next(7) } });
                break;
            case 2:
                world.Edit(set => set with { Spec = set.Spec with { Template = TestPets.Template($"db:{random.Next(4)}") } });
                break;
            case 3:
                world.Edit(set => set with { Spec = set.Spec with { Ordinals = new PetOrdinals { Start = random.Next(4) } } });
                break;
            case 4:
                world.Edit(set => set with { Spec = set.Spec with { PartitionPolicy = random.Next(2) == 0 ? PartitionPolicy.Keep : PartitionPolicy.Fence } });
                break;
            case 5:
                world.Edit(set => set with { Spec = set.Spec with { Placement = set.Spec.Placement with { Regions = random.Next(2) == 0 ? [] : ["r1", "r2"] } } });
                break;
            case 6:
                world.Edit(set => set with { Spec = set.Spec with { UpdateStrategy = new PetUpdateStrategy { Type = PetUpdateType.RollingUpdate, Partition = random.Next(4) } } });
                break;
            case 7 when pets.Count > 0:
                var released = pets[random.Next(pets.Count)];
                world.Store(world.Set with { Status = world.Set.Status with { Words = [.. world.Set.Status.Words, new PetWord { Ordinal = released.Ordinal, Epoch = released.Epoch, Kind = PetWordKind.Release }] } });
                break;
            case 8 or 9 when pets.Count > 0:
                var moved = pets[random.Next(pets.Count)];
                var kept = world.Set.Status.Leftovers.FirstOrDefault(leftover => leftover.Ordinal == moved.Ordinal && leftover.After is null);
                var word = new PetWord { Ordinal = moved.Ordinal, Epoch = moved.Epoch, Kind = PetWordKind.Move, To = Clusters[random.Next(Clusters.Length)].Item1 };
                if (kept is not null && random.Next(2) == 0)
                    word = word with { To = kept.Cluster, Back = true };
                world.Store(world.Set with { Status = world.Set.Status with { Words = [.. world.Set.Status.Words, word] } });
                break;
            case 10:
                world.Store(world.Set with { Status = world.Set.Status with { Words = [.. world.Set.Status.Words.Where(word => word.Kind != PetWordKind.Move)] } });
                break;
        }
    }
}

/// <summary>What must hold after every step, and in the end.</summary>
internal sealed class PetChecks
{
    private readonly PetWorld _world;
    private readonly int _seed;
    private readonly Dictionary<int, long> _epochs = [];
    private readonly Dictionary<int, (string Cluster, long Epoch)> _bound = [];
    private readonly Dictionary<int, long> _ran = [];
    private int _plans;

    public PetChecks(PetWorld world, int seed)
    {
        (_world, _seed) = (world, seed);
        world.Planned = CheckPlan;
    }

    public bool IsConverged() => _world.LastPlan?.Steps.IsConverged == true && Actual().SequenceEqual(Desired());

    public void AfterStep()
    {
        foreach (var same in _world.Clusters.SelectMany(cluster => cluster.Running.Values.Select(pet => (cluster.Name, pet.Ordinal, pet.Epoch))).GroupBy(running => running.Ordinal))
        {
            Check(same.Count() == 1, () => $"pet {same.Key} runs in {string.Join(" and ", same.Select(running => $"{running.Name} (epoch {running.Epoch})"))}");
            Check(same.First().Epoch >= _ran.GetValueOrDefault(same.Key), () => $"pet {same.Key} runs with an epoch that had passed");
            _ran[same.Key] = same.First().Epoch;
        }

        Check(_world.Volumes.Wrongs.Count == 0, () => _world.Volumes.Wrongs[0]);
        var named = _world.Clusters.Select(cluster => (cluster.Name, Rendering: _world.Rendered(cluster.Name))).Where(entry => entry.Rendering is WorkRendering.Run)
            .SelectMany(entry => ((WorkRendering.Run)entry.Rendering).Work.Pets!.Run.Select(pet => (pet.Ordinal, entry.Name)));
        Check(named.GroupBy(entry => entry.Ordinal).All(group => group.Count() == 1), () => "a pet is in two clusters' works");
    }

    public void Converged()
    {
        _world.LastPlan!.Steps.IsConverged.ShouldBeTrue(Say($"it does not converge: {string.Join("; ", _world.LastPlan.NextStatus.Conditions.Select(condition => $"{condition.Type} {condition.Status} {condition.Reason} {condition.Message}"))}"));
        _world.LastPlan.Steps.IsEmpty.ShouldBeTrue();
        Actual().ShouldBe(Desired(), Say("no actions, but what runs is not what is wanted"));
    }

    /// <summary>Ordinal, epoch and template of every wanted pet, and of what runs: there may be neither more nor less.</summary>
    private IEnumerable<string> Desired() => _world.Set.Status.Pets.Where(pet => _world.Set.Wants(pet.Ordinal)).Select(pet => $"{pet.Ordinal} {pet.Cluster} {pet.Epoch} {HashOf(pet)}");

    private IEnumerable<string> Actual() => _world.Clusters
        .SelectMany(cluster => cluster.Running.Values.Where(pet => cluster.IsReady(pet.Ordinal)).Select(pet => (pet.Ordinal, Text: $"{pet.Ordinal} {cluster.Name} {pet.Epoch} {pet.TemplateHash}")))
        .OrderBy(pet => pet.Ordinal).Select(pet => pet.Text);

    private string HashOf(PetStatus pet) =>
        pet.Ordinal >= _world.Set.Spec.UpdateStrategy.Partition ? TemplateHash.Of(_world.Set.Spec.Template) : pet.TemplateHash!;

    private void CheckPlan(PetSet before, PetsPlan plan, PetsObserved observed)
    {
        if (_plans++ % 8 == 0)
            Check(Text(PetPlanner.Plan(before, observed)) == Text(plan), () => "equal inputs, another plan");
        var next = plan.NextStatus;
        if (plan.Steps.IsEmpty)
            Check(ReferenceEquals(next, before.Status), () => "an empty plan writes");
        foreach (var pet in next.Pets)
        {
            Check(pet.Epoch >= _epochs.GetValueOrDefault(pet.Ordinal), () => $"the epoch of {pet.Name} goes back");
            _epochs[pet.Ordinal] = pet.Epoch;
            if (!pet.IsBound())
                _bound.Remove(pet.Ordinal);
            else if (!_bound.TryGetValue(pet.Ordinal, out var last) || last.Cluster != pet.Cluster)
                CheckBinding(before, next, pet);
        }

        foreach (var gone in _bound.Keys.Where(ordinal => next.Pets.All(pet => pet.Ordinal != ordinal)).ToList())
            _bound.Remove(gone);
    }

    private void CheckBinding(PetSet before, PetSetStatus next, PetStatus pet)
    {
        var was = before.Status.Pets.FirstOrDefault(candidate => candidate.Ordinal == pet.Ordinal);
        (was is null || was.IsFree()
            || was is { Cluster: not null, Kept: not true, Release.FreedAt: null } && _world.Clusters.Single(cluster => cluster.Name == was.Cluster).FencedFrom > was.Release.After)
            .ShouldBeTrue(Say($"{pet.Name} is given to {pet.Cluster} while {was?.Cluster} may run it"));
        var last = was?.Epoch ?? before.Status.Retired.FirstOrDefault(memory => memory.Ordinal == pet.Ordinal)?.Epoch ?? before.Status.EpochFloor;
        pet.Epoch.ShouldBeGreaterThan(last, Say($"{pet.Name} has a new place and no new epoch"));
        _bound[pet.Ordinal] = (pet.Cluster!, pet.Epoch);
        if (before.Spec.PodManagementPolicy != PodManagementPolicy.OrderedReady || was?.Release is { Cause: not PetReleaseCause.Unwanted })
            return;
        next.Pets.Where(other => before.Wants(other.Ordinal) && other.Ordinal < pet.Ordinal)
            .ShouldAllBe(other => other.Phase == PetPhase.Ready && other.IsAvailable(before, _world.Time), Say($"{pet.Name} starts before its turn"));
    }

    private static string Text(PetsPlan plan) => $"{Encoding.UTF8.GetString(ApiJson.ToUtf8(plan.NextStatus))} {string.Join(' ', plan.Steps.Actions)} {plan.Steps.DueAt} {string.Join(' ', plan.AskFence)} {string.Join(' ', plan.Notes)}";

    private void Check(bool holds, Func<string> what) => holds.ShouldBeTrue(holds ? null : Say(what()));

    private string Say(string what) => $"seed {_seed}, second {_world.Now}: {what}\n{string.Join('\n', _world.Trace.TakeLast(25))}";
}
