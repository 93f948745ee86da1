using Federation.Simulation.Tests.Faults;
using Federation.Simulation.Tests.Invariants;
using Federation.Simulation.Tests.Kernel;

namespace Federation.Simulation.Tests.Running;

/// <summary>Runs one seed: a world, what is done to it, and the wait until it is quiet.</summary>
internal static class Simulation
{
    public static Outcome Run(int seed, StepPlan plan, string directory, bool keepsTrace = false)
    {
        using var world = new World(seed, plan.Shape, keepsTrace, directory);
        BrokenInvariantException? broken = null;
        try
        {
            world.Run(() => PlayAsync(world, plan));
        }
        catch (BrokenInvariantException found)
        {
            broken = found;
        }

        return new Outcome(seed, broken?.Invariant, broken?.Message, world.Trace.Hash, world.Trace.Count, world.Time.Now, world.Scheduler.Steps, world.Trace.Lines);
    }

    private static async Task PlayAsync(World world, StepPlan plan)
    {
        world.Silo.Start();
        foreach (var cluster in world.Clusters)
        {
            cluster.Start();
            foreach (var node in cluster.Nodes)
                node.Start();
        }

        var user = new User(world);
        _ = world.Start(user.BeginAsync);
        await new Director(world, plan, user).RunAsync();
        await Convergence.WaitAsync(world);
    }
}

/// <summary>What came of a seed.</summary>
/// <param name="Invariant">The one that was broken; null: none.</param>
/// <param name="Message">What broke it.</param>
/// <param name="Hash">Of the whole trace.</param>
/// <param name="Events">Lines of the trace.</param>
/// <param name="Simulated">How long it took in the world.</param>
/// <param name="Turns">Turns and deliveries.</param>
/// <param name="Lines">The trace, when it was kept.</param>
internal sealed record Outcome(int Seed, string? Invariant, string? Message, ulong Hash, int Events, TimeSpan Simulated, long Turns, IReadOnlyList<string> Lines)
{
    public bool IsGood => Invariant is null;
}
