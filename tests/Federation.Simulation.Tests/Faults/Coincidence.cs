using Federation.Simulation.Tests.Kernel;

namespace Federation.Simulation.Tests.Faults;

/// <summary>Faults that tell something only when they meet within one permission, which they seldom do by chance.</summary>
internal static class Coincidence
{
    /// <summary>When it begins: what lasts longest is over before everything works again.</summary>
    private const double Earliest = 6;
    private const double Latest = 13;

    /// <summary>Longer than every permission and its margin.</summary>
    private const double Long = 15;

    public static (WorldShape Shape, List<Step> Steps) Draw(Random random, WorldShape shape, int sets, IReadOnlyList<Step> steps)
    {
        var (begin, machine, set) = (Earliest + (random.NextDouble() * (Latest - Earliest)), random.Next(shape.Nodes.Sum()), random.Next(sets));
        IEnumerable<Step> drawn = random.Next(4) switch
        {
            0 => Deaf(random, begin, machine),
            1 => Forgetful(random, begin, machine),
            2 => Restarted(random, begin, machine),
            _ => Rushed(random, begin, set),
        };
        return (shape with
        {
            Clocks = shape.Clocks == ClockKind.Right ? ClockKind.Right : ClockKind.Extreme,
            NodeLease = TimeSpan.FromSeconds(1 + random.NextDouble()),
            NodeMoveAfter = TimeSpan.FromSeconds(random.NextDouble()),
        }, [.. steps, .. drawn]);
    }

    /// <summary>A cluster cannot be heard, its machines' agents hang, and somebody sends its pets away: only the watchdogs end them, each by its machine's clock. The last answers may have been late.</summary>
    private static IEnumerable<Step> Deaf(Random random, double begin, int machine)
    {
        if (random.Next(2) == 0)
            yield return At(begin - 4, StepKind.Jitter, 0, 4.5, 0.4 + (random.NextDouble() * 0.6));
        yield return At(begin, StepKind.CutCluster, machine, Long, 0);
        yield return At(begin + (random.NextDouble() / 2), StepKind.ClusterHangs, machine, Long, 0);
        yield return At(begin + 0.6, StepKind.ReleaseCluster, machine, 0, 0);
    }

    /// <summary>A cluster agent dies, or its disk does, while a machine is cut off from it that runs pets by its permission.</summary>
    private static IEnumerable<Step> Forgetful(Random random, double begin, int machine)
    {
        yield return At(begin, StepKind.CutNode, machine, Long, 0);
        yield return At(begin + (random.NextDouble() * 2), random.Next(2) == 0 ? StepKind.AgentCrash : StepKind.AgentLosesDisk, machine, 0.1 + (random.NextDouble() / 2), 0);
    }

    /// <summary>The control plane dies while the permission of a cluster that cannot be heard is in force, and somebody sends its pets away.</summary>
    private static IEnumerable<Step> Restarted(Random random, double begin, int machine)
    {
        yield return At(begin, StepKind.CutCluster, machine, Long, 0);
        yield return At(begin + (random.NextDouble() * 3), StepKind.SiloCrash, 0, 0.1 + (random.NextDouble() / 2), 0);
        yield return At(begin + (random.NextDouble() * 3), StepKind.ReleaseCluster, machine, 0, 0);
    }

    /// <summary>A pet is given to a cluster and released from it, while what the cluster says is on its way from before it had the pet.</summary>
    private static IEnumerable<Step> Rushed(Random random, double begin, int set)
    {
        yield return At(begin, StepKind.Jitter, 0, 8, 0.5 + (random.NextDouble() / 2));
        for (var i = 0; i < 4; i++)
        {
            yield return At(begin + (i * 2), StepKind.ReleasePetSoon, set, 0, random.NextDouble());
            yield return At(begin + 0.1 + (i * 2), StepKind.ReleasePet, set, 0, random.NextDouble());
        }
    }

    private static Step At(double at, StepKind kind, int target, double length, double amount) => new(TimeSpan.FromSeconds(at), kind, target, TimeSpan.FromSeconds(length), amount);
}
