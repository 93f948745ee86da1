using Federation.Simulation.Tests.Kernel;

namespace Federation.Simulation.Tests.Faults;

/// <summary>Faults that tell something only when they meet within one permission, which they seldom do by chance.</summary>
internal static class Coincidence
{
    /// <summary>When it begins: what lasts longest is over before everything works again.</summary>
    private const double Earliest = 6;
    private const double Latest = 13;

    /// <summary>Where pets run.</summary>
    private const int Aim = -1;

    /// <summary>Longer than every permission and its margin.</summary>
    private const double Long = 15;

    public static (WorldShape Shape, List<Step> Steps) Draw(Random random, WorldShape shape, int sets, IReadOnlyList<Step> steps)
    {
        var (begin, set) = (Earliest + (random.NextDouble() * (Latest - Earliest)), random.Next(sets));
        IEnumerable<Step> drawn = random.Next(5) switch
        {
            0 => Deaf(random, begin),
            1 => LateAnswered(random, begin),
            2 => Forgetful(random, begin),
            3 => Restarted(random, begin),
            _ => Rushed(random, begin, set, shape.Nodes),
        };
        return (shape with
        {
            Clocks = shape.Clocks == ClockKind.Right ? ClockKind.Right : ClockKind.Extreme,
            NodeLease = TimeSpan.FromSeconds(1 + random.NextDouble()),
            NodeMoveAfter = TimeSpan.FromSeconds(random.NextDouble()),
        }, [.. steps, .. drawn]);
    }

    /// <summary>A cluster cannot be heard, its machines' agents hang, and somebody sends its pets away: only the watchdogs end them, each by its machine's clock.</summary>
    private static IEnumerable<Step> Deaf(Random random, double begin)
    {
        yield return At(begin, StepKind.CutCluster, Aim, Long, 0);
        yield return At(begin + (random.NextDouble() / 2), StepKind.ClusterHangs, Aim, Long, 0);
        yield return At(begin + 0.6, StepKind.ReleaseCluster, Aim, 0, 0);
    }

    /// <summary>The same, and the answers by which the machines know of their last permissions were late.</summary>
    private static IEnumerable<Step> LateAnswered(Random random, double begin) =>
        Deaf(random, begin).Prepend(At(begin - 3, StepKind.LateAnswers, Aim, 4, 0.3 + (random.NextDouble() * 0.4)));

    /// <summary>A cluster agent dies, or its disk does, while a machine is cut off from it that runs pets by its permission.</summary>
    private static IEnumerable<Step> Forgetful(Random random, double begin)
    {
        yield return At(begin, StepKind.CutNode, Aim, Long, 0);
        yield return At(begin + (random.NextDouble() * 2), random.Next(2) == 0 ? StepKind.AgentCrash : StepKind.AgentLosesDisk, Aim, 0.1 + (random.NextDouble() / 2), 0);
    }

    /// <summary>The control plane dies while the permission of a cluster that cannot be heard is in force, and somebody sends its pets away.</summary>
    private static IEnumerable<Step> Restarted(Random random, double begin)
    {
        yield return At(begin, StepKind.CutCluster, Aim, Long, 0);
        yield return At(begin + (random.NextDouble() * 3), StepKind.SiloCrash, 0, 0.1 + (random.NextDouble() / 2), 0);
        yield return At(begin + (random.NextDouble() * 3), StepKind.ReleaseCluster, Aim, 0, 0);
    }

    /// <summary>Pets are given to clusters and released from them, while what those say is on its way from before they had the pets.</summary>
    private static IEnumerable<Step> Rushed(Random random, double begin, int set, IReadOnlyList<int> nodes)
    {
        for (var (cluster, machine) = (0, 0); cluster < nodes.Count; machine += nodes[cluster++])
            yield return At(begin, StepKind.LateReports, machine, 9, 0.3 + (random.NextDouble() / 2));
        for (var i = 0; i < 4; i++)
        {
            yield return At(begin + 0.5 + (i * 2), StepKind.ReleasePetSoon, set, 0, random.NextDouble());
            for (var other = 0; other < 2; other++)
                yield return At(begin + 0.6 + (i * 2) + random.NextDouble(), StepKind.ReleasePet, set, 0, random.NextDouble());
        }
    }

    private static Step At(double at, StepKind kind, int target, double length, double amount) => new(TimeSpan.FromSeconds(at), kind, target, TimeSpan.FromSeconds(length), amount);
}
