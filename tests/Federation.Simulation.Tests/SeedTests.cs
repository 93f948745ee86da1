using System.Globalization;
using Federation.Simulation.Tests.Running;

namespace Federation.Simulation.Tests;

/// <summary>The whole federation under faults drawn from seeds. docs/simulation.md says what is in it and how to replay a seed.</summary>
public sealed class SeedTests
{
    /// <summary>The first seed; set: only this one is run.</summary>
    private static readonly string? Only = Environment.GetEnvironmentVariable("SIMULATION_SEED");

    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("SIMULATION_SEEDS") ?? "5000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Run_ManySeeds_NoInvariantIsBroken()
    {
        if (Only is not null)
        {
            var (lines, isGood) = await Worker.RunAsync("explain", Only);
            isGood.ShouldBeTrue(string.Join('\n', lines));
            return;
        }

        var outcomes = await Worker.RunAsync(first: 1, Count);

        outcomes.Count.ShouldBe(Count, "a worker ended early; its error output says why");
        var bad = outcomes.Where(outcome => !outcome.Value.EndsWith(" good", StringComparison.Ordinal)).ToList();
        if (bad.Count == 0)
            return;
        var explained = await Worker.RunAsync("explain", $"{bad[0].Key}");
        Assert.Fail($"{bad.Count} of {Count} seeds are bad: {string.Join(", ", bad.Take(20).Select(outcome => outcome.Key))}\n{string.Join('\n', explained.Lines)}");
    }

    /// <summary>Each in a process of its own, as a bad seed is replayed.</summary>
    [Fact]
    public async Task Run_SameSeedsInAnotherProcess_SameTraces()
    {
        const int Seeds = 4;
        var traces = new HashSet<string>();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var runs = await Task.WhenAll(Worker.RunAsync("run", $"{seed}", "1", "1"), Worker.RunAsync("run", $"{seed}", "1", "1"));
            runs[1].Lines.ShouldBe(runs[0].Lines, $"seed {seed}");
            traces.Add(runs[0].Lines.ShouldHaveSingleItem().Split(' ')[1]);
        }

        traces.Count.ShouldBe(Seeds, "different seeds are different runs");
    }
}
