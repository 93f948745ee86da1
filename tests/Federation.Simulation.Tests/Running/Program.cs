using System.Diagnostics;
using System.Globalization;
using Federation.Simulation.Tests.Faults;
using Federation.Simulation.Tests.Kernel;

namespace Federation.Simulation.Tests.Running;

/// <summary>The process in which worlds run, one after the other on its only pool thread.</summary>
/// <remarks>
/// <code>
/// run FIRST COUNT STRIDE   one line for each seed: the seed, the trace's hash, what broke
/// find COUNT FIRST...      the same for one seed after the other, from each FIRST in turn, and no more once one is bad
/// explain SEED             shrinks what was done to the world of a bad seed, and prints it with the end of the trace
/// show SEED                the whole trace
/// </code>
/// </remarks>
internal static class Program
{
    private const int Tail = 60;

    private static int Main(string[] arguments)
    {
        Hashing.Fix();
        // Compiling a container pays off when it lives longer than a world does.
        AppContext.SetSwitch("Microsoft.Extensions.DependencyInjection.DisableDynamicEngine", true);
        Pump.TakeOnlyThread();
        var directory = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"federation-simulation-{Environment.ProcessId}");
        try
        {
            return arguments switch
            {
                ["run", var first, var count, var stride] => Run([.. Enumerable.Range(0, Number(count)).Select(i => Number(first) + (i * Number(stride)))], directory),
                ["find", var count, .. var firsts] when firsts.Length > 0 => Run([.. Enumerable.Range(0, Number(count)).Select(i => Number(firsts[i % firsts.Length]) + (i / firsts.Length))], directory, isOneEnough: true),
                ["explain", var seed] => Explain(Number(seed), directory),
                ["show", var seed] => Show(Number(seed), directory),
                _ => Refuse(),
            };
        }
        finally
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
        }
    }

    private static int Run(IReadOnlyList<int> seeds, string directory, bool isOneEnough = false)
    {
        var watch = Stopwatch.StartNew();
        var (bad, turns, count) = (0, 0L, 0);
        foreach (var seed in seeds)
        {
            count++;
            var outcome = Simulation.Run(seed, StepPlan.Draw(seed), directory);
            bad += outcome.IsGood ? 0 : 1;
            turns += outcome.Turns;
            Console.Out.WriteLine($"{seed} {outcome.Hash:x16} {outcome.Message ?? "good"}");
            if (isOneEnough && bad > 0)
                break;
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} seeds, {bad} bad, {count / watch.Elapsed.TotalSeconds:0.0} seeds/s, {Environment.CpuUsage.TotalTime.TotalMilliseconds / count:0} ms of processor each, {turns / count} turns each"));
        return bad > 0 ? 1 : 0;
    }

    private static int Explain(int seed, string directory)
    {
        var plan = StepPlan.Draw(seed);
        var outcome = Simulation.Run(seed, plan, directory);
        if (outcome.IsGood)
        {
            Console.Out.WriteLine($"Seed {seed} is good.");
            return 0;
        }

        var small = plan with { Steps = Shrinking.Shrink(plan.Steps, steps => Simulation.Run(seed, plan with { Steps = steps }, directory).Invariant == outcome.Invariant) };
        var shown = Simulation.Run(seed, small, directory, keepsTrace: true);
        Console.Out.WriteLine($"Seed {seed}: {outcome.Message}");
        Console.Out.WriteLine($"Replay: SIMULATION_SEED={seed} dotnet test tests/Federation.Simulation.Tests");
        Console.Out.WriteLine($"Machines by cluster: {string.Join(", ", plan.Shape.Nodes)}; clocks: {plan.Shape.Clocks}; {plan.Shape.Fence}. Of {plan.Steps.Count} steps {small.Steps.Count} are needed:");
        foreach (var pets in plan.Pets)
            Console.Out.WriteLine($"  {pets}");
        foreach (var step in small.Steps)
            Console.Out.WriteLine($"  {step}");
        Console.Out.WriteLine($"Then: {shown.Message}");
        foreach (var line in shown.Lines.TakeLast(Tail))
            Console.Out.WriteLine(line);
        return 1;
    }

    private static int Show(int seed, string directory)
    {
        var outcome = Simulation.Run(seed, StepPlan.Draw(seed), directory, keepsTrace: true);
        foreach (var line in outcome.Lines)
            Console.Out.WriteLine(line);
        Console.Out.WriteLine(outcome.Message ?? "good");
        return outcome.IsGood ? 0 : 1;
    }

    private static int Refuse()
    {
        Console.Error.WriteLine("run FIRST COUNT STRIDE | find COUNT FIRST... | explain SEED | show SEED");
        return 2;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
