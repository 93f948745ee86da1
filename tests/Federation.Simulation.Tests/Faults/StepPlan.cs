using Federation.Grains.Clusters;
using Federation.Simulation.Tests.Kernel;

namespace Federation.Simulation.Tests.Faults;

/// <summary>What a seed does to its world.</summary>
/// <param name="Shape">How big the world is.</param>
/// <param name="Pets">The PetSets that there are at most.</param>
/// <param name="Steps">In the order of their times.</param>
/// <param name="End">Everything that was cut is mended, and everything that is down is started, at this time: when the last fault is over, as nothing is learnt from a world that is left alone.</param>
internal sealed record StepPlan(WorldShape Shape, IReadOnlyList<PetShape> Pets, IReadOnlyList<Step> Steps, TimeSpan End)
{
    /// <summary>When the first step is taken, and when the last one at the latest.</summary>
    private static readonly TimeSpan First = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(22);

    /// <summary>What lasts longer ends then.</summary>
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(30);

    /// <summary>People move pets in the worlds up to this seed, and in the hard ones: volumes on their way cost more turns than anything else.</summary>
    public const int MovesUpTo = 2_000;

    /// <summary>From this seed on pets run before anything is done to them, faults meet that seldom do by chance, and people drain machines and have a Daemon.</summary>
    public const int HardFrom = 1_000_000;

    /// <summary>A cluster agent's first life starts no pet earlier: it waits for the end of what lives that it does not know of may have permitted.</summary>
    private static readonly TimeSpan FirstPet = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(1);

    private static readonly StepKind[] OnApps = [StepKind.Apply, StepKind.Scale, StepKind.Scale, StepKind.Edit, StepKind.Delete];
    private static readonly StepKind[] OnPets = [StepKind.ApplyPets, StepKind.ScalePets, StepKind.ScalePets, StepKind.EditPets, StepKind.DeletePets, StepKind.ReleasePet, StepKind.ReleasePet];
    private static readonly StepKind[] OnPetsThatMove = [.. OnPets, StepKind.MovePet];
    private static readonly StepKind[] Moves = [StepKind.MovePet, StepKind.MovePet, StepKind.MovePet, StepKind.MovePet, StepKind.TakeBackMoves, StepKind.SendPetsBack];
    private static readonly StepKind[] AllFaults = [.. Enum.GetValues<StepKind>().Where(kind => kind >= StepKind.SiloCrash)];
    private static readonly StepKind[] OrdinaryFaults = [.. AllFaults.Where(kind => kind is not (StepKind.LateReports or StepKind.LateAnswers))];

    private static readonly StepKind[] Silences =
    [
        StepKind.CutCluster, StepKind.CutCluster, StepKind.CutClusterOneWay, StepKind.CutNode, StepKind.CutNodeOneWay, StepKind.AgentHangs, StepKind.NodeHangs,
        StepKind.AgentCrash, StepKind.AgentLosesDisk, StepKind.NodeCrash, StepKind.PowerOff,
    ];

    public static StepPlan Draw(int seed)
    {
        var random = new Random(seed ^ 0x5eed);
        var hasMoves = seed is <= MovesUpTo or >= HardFrom;
        var onPets = hasMoves ? OnPetsThatMove : OnPets;
        PetShape[] pets = [.. Enumerable.Range(0, random.Next(0, 3)).Select(_ => PetShape.Draw(random))];
        int[] nodes = [.. Enumerable.Range(0, pets.Length > 0 ? random.Next(2, 4) : random.Next(1, 4)).Select(_ => random.Next(1, 4))];
        var apps = random.Next(pets.Length > 0 ? 0 : 1, 4 - pets.Length);
        var steps = new List<Step>();
        for (var i = 0; i < apps; i++)
            steps.Add(Begin(random, StepKind.Apply, i));
        for (var i = 0; i < pets.Length; i++)
            steps.Add(Begin(random, StepKind.ApplyPets, i));
        for (var i = random.Next(0, 5) + pets.Length; i > 0; i--)
        {
            var isPets = random.Next(apps + pets.Length) >= apps;
            steps.Add(isPets ? DrawStep(random, onPets[random.Next(onPets.Length)], pets.Length) : DrawStep(random, OnApps[random.Next(OnApps.Length)], apps));
        }

        var faults = seed >= HardFrom ? AllFaults : OrdinaryFaults;
        for (var i = random.Next(0, 7); i > 0; i--)
            steps.Add(DrawStep(random, faults[random.Next(faults.Length)], nodes.Sum()));
        // What pets rest on is at stake when somebody cannot be heard for long.
        for (var i = pets.Length > 0 ? random.Next(1, 4) : 0; i > 0; i--)
            steps.Add(DrawStep(random, Silences[random.Next(Silences.Length)], nodes.Sum()) with { For = TimeSpan.FromSeconds(5 + (random.NextDouble() * 12)) });
        var movers = Enumerable.Range(0, pets.Length).Where(set => pets[set].HasVolumes).ToList();
        for (var i = hasMoves && movers.Count > 0 && random.Next(2) == 0 ? random.Next(2, 6) : 0; i > 0; i--)
            steps.Add(DrawStep(random, Moves[random.Next(Moves.Length)], movers.Count) is var step ? step with { Target = movers[step.Target] } : step);
        var shape = DrawShape(random, nodes) with { MovesVolumes = movers.Count > 0 && steps.Exists(step => step.Kind is StepKind.MovePet or StepKind.SendPetsBack) };
        var isHard = seed >= HardFrom && pets.Length > 0;
        if (isHard && random.Next(2) == 0)
            (shape, steps) = Coincidence.Draw(random, shape, pets.Length, steps);
        if (seed >= HardFrom)
            steps.AddRange(DrawWishes(random, nodes.Sum()));
        var wait = isHard ? FirstPet : TimeSpan.Zero;
        steps = [.. steps.Select(step => step.At < First ? step : step with { At = step.At + wait }).OrderBy(step => step.At)];
        var last = steps.Max(step => step.At + step.For) + Breath;
        return new StepPlan(shape, pets, steps, last < Latest + wait ? last : Latest + wait);
    }

    /// <summary>What people want of machines and clusters, and a Daemon.</summary>
    private static IEnumerable<Step> DrawWishes(Random random, int machines)
    {
        for (var i = random.Next(4) == 0 ? random.Next(1, 4) : 0; i > 0; i--)
            yield return DrawStep(random, random.Next(4) == 0 ? StepKind.CordonCluster : StepKind.DrainNode, machines);
        if (random.Next(8) != 0)
            yield break;
        yield return Begin(random, StepKind.ApplyDaemon, 0);
        for (var i = random.Next(3); i > 0; i--)
            yield return DrawStep(random, random.Next(3) == 0 ? StepKind.DeleteDaemon : StepKind.EditDaemon, 1);
    }

    private static Step Begin(Random random, StepKind kind, int target) =>
        new(TimeSpan.FromMilliseconds(200 + random.Next(2000)), kind, target, TimeSpan.Zero, random.NextDouble());

    private static Step DrawStep(Random random, StepKind kind, int targets)
    {
        var at = First + ((Last - First) * random.NextDouble());
        // Most faults are short, and some last longer than every lease.
        var length = TimeSpan.FromSeconds(random.Next(3) == 0 ? 6 + (random.NextDouble() * 16) : 0.2 + (random.NextDouble() * 4));
        return new Step(at, kind, random.Next(targets), length, random.NextDouble());
    }

    private static WorldShape DrawShape(Random random, int[] nodes) => new(nodes, DrawFence(random), random.Next(2) == 0 ? ClockKind.Differ : ClockKind.Right)
    {
        VolumePace = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(random.NextDouble()),
    };

    /// <summary>Short permissions, so that many of them end in a run; and margins hardly wider than the clocks differ.</summary>
    private static FenceOptions DrawFence(Random random)
    {
        var permission = TimeSpan.FromSeconds(4 + (random.NextDouble() * 4));
        return new FenceOptions { Permission = permission, Margin = permission * (0.06 + (random.NextDouble() / 10)) };
    }
}
