using Federation.Api.Pets;
using Federation.TestKit.Local;
using Federation.TestKit.Machines;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>A PetSet of the samples on three regions, each a machine with an engine of its own.</summary>
/// <param name="sample">Its folder in <c>samples</c>: a program <c>build</c> makes its image, <c>&lt;sample&gt;.yaml</c> is its manifest.</param>
/// <param name="set">The set's name, in the namespace <c>default</c>.</param>
internal sealed class SampleSet(string sample, string set) : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string Samples = Path.Combine(Programs.Root, "samples");

    public MachineFederation World { get; private set; } = null!;

    /// <summary>All regions are there and have the image.</summary>
    public async Task UpAsync()
    {
        World = await MachineFederation.UpAsync();
        foreach (var machine in World.Machines)
        {
            var built = await Command.RunAsync(Path.Combine(Samples, sample, "build"), [], environment: new Dictionary<string, string> { ["DOCKER_HOST"] = machine.Engine.Host });
            built.ExitCode.ShouldBe(0, built.ToString());
        }
    }

    /// <summary>Applies its manifest and waits until its pets are ready, each in a region of its own.</summary>
    public async Task<PetSet> ApplyAsync(int pets)
    {
        await World.ControlPlane.ApplyAsync(await File.ReadAllTextAsync(Path.Combine(Samples, sample, $"{sample}.yaml")));
        var ready = await ReadyAsync(pets);
        ready.Status.Pets.Select(pet => pet.Region).Distinct().Count().ShouldBe(pets);
        return ready;
    }

    public Task<PetSet> ReadAsync() => World.ControlPlane.Client.GetAsync<PetSet>(set, "default");

    public Task<PetSet> ReadyAsync(int pets) => UntilAsync(
        now => now.Status.Pets.Count == pets && now.Status.Pets.All(pet => pet is { Phase: PetPhase.Ready, Release: null }), $"{pets} pets are ready");

    public Task<PetSet> UntilAsync(Func<PetSet, bool> condition, string what) => Eventually.ReadAsync(ReadAsync, condition, $"{what}\n{World.Logs()}", Patience);

    public Machine MachineOf(PetStatus pet) => World.Machines.Single(machine => World.ClusterOf(machine) == pet.Cluster);

    public async ValueTask DisposeAsync()
    {
        if (World is not null)
            await World.DisposeAsync();
    }
}
