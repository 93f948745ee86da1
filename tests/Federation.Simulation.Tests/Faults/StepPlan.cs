namespace Federation.Simulation.Tests.Faults;

/// <summary>What a seed does to its world.</summary>
/// <param name="Nodes">By cluster, how many machines.</param>
/// <param name="Apps">How many apps there are at most.</param>
/// <param name="Steps">In the order of their times.</param>
internal sealed record StepPlan(IReadOnlyList<int> Nodes, int Apps, IReadOnlyList<Step> Steps)
{
    /// <summary>When the first step is taken, and when the last one at the latest.</summary>
    private static readonly TimeSpan First = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(22);

    /// <summary>Everything that was cut is mended, and everything that is down is started, at this time.</summary>
    public static TimeSpan End { get; } = TimeSpan.FromSeconds(30);

    private static readonly StepKind[] Actions = [StepKind.Apply, StepKind.Scale, StepKind.Scale, StepKind.Edit, StepKind.Delete];
    private static readonly StepKind[] Faults = [.. Enum.GetValues<StepKind>().Where(kind => kind >= StepKind.SiloCrash)];

    public static StepPlan Draw(int seed)
    {
        var random = new Random(seed ^ 0x5eed);
        int[] nodes = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 4))];
        var apps = random.Next(1, 4);
        var steps = new List<Step>();
        for (var i = 0; i < apps; i++)
            steps.Add(new Step(TimeSpan.FromMilliseconds(200 + random.Next(2000)), StepKind.Apply, i, TimeSpan.Zero, random.NextDouble()));
        for (var i = random.Next(0, 5); i > 0; i--)
            steps.Add(DrawStep(random, Actions[random.Next(Actions.Length)], apps));
        for (var i = random.Next(0, 7); i > 0; i--)
            steps.Add(DrawStep(random, Faults[random.Next(Faults.Length)], nodes.Sum()));
        return new StepPlan(nodes, apps, [.. steps.OrderBy(step => step.At)]);
    }

    private static Step DrawStep(Random random, StepKind kind, int targets)
    {
        var at = First + ((Last - First) * random.NextDouble());
        // Most faults are short, and some last longer than every lease.
        var length = TimeSpan.FromSeconds(random.Next(3) == 0 ? 6 + (random.NextDouble() * 16) : 0.2 + (random.NextDouble() * 4));
        return new Step(at, kind, random.Next(targets), length, random.NextDouble());
    }
}
