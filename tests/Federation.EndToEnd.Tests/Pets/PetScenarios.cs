using System.Globalization;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.TestKit.Machines;
using Federation.TestKit.Pets;
using Federation.TestKit.Waiting;
using Xunit.Abstractions;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>Five pets over three regions, each a machine with an engine of its own. A witness outside hears every container, and every engine's events are kept: no pet is ever alive twice.</summary>
public sealed class PetScenarios(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Pets = 5;

    /// <summary>How many faults come by chance, each of something that is whole; <c>PET_FAULTS=100</c> for more, <c>PET_SEED</c> for others.</summary>
    private static readonly int Faults = Read("PET_FAULTS", 10);
    private static readonly int Seed = Read("PET_SEED", 1);

    /// <summary>A permission, its margin, the time until a loss counts, and a start on a busy machine.</summary>
    private static readonly TimeSpan Takeover = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(120);

    private readonly List<EngineEvents> _events = [];
    private MachineFederation _world = null!;
    private PetWitness _witness = null!;

    public async Task InitializeAsync()
    {
        _world = await MachineFederation.UpAsync();
        _witness = new PetWitness(_world.WitnessAddress);
        foreach (var machine in _world.Machines)
            _events.Add(await EngineEvents.FollowAsync(machine, Path.Combine(machine.Engine.Directory, "events.log")));
        await _world.ControlPlane.ApplyAsync(Manifest());
        await AllReadyAsync("at first");
    }

    public async Task DisposeAsync()
    {
        foreach (var events in _events)
            await events.DisposeAsync();
        if (_witness is not null)
            await _witness.DisposeAsync();
        if (_world is not null)
            await _world.DisposeAsync();
    }

    [Fact]
    public async Task RegionCutOff_ItsPetsStopThereAndThenStartElsewhere_AndNoneIsEverAliveTwice()
    {
        var before = await SetAsync();
        before.Status.Pets.CountBy(pet => pet.Region ?? "").Max(region => region.Value).ShouldBe(2, "no region has a majority");
        var lost = _world.Machines.First(machine => before.Status.Pets.Count(pet => pet.Cluster == _world.ClusterOf(machine)) == 2);
        var theirs = before.Status.Pets.Where(pet => pet.Cluster == _world.ClusterOf(lost)).ToList();

        await lost.SetControlPlaneReachableAsync(false);
        var after = await Eventually.ReadAsync(
            SetAsync, set => theirs.TrueForAll(pet => set.Status.Pets.Any(now => now.Ordinal == pet.Ordinal && now.Phase == PetPhase.Ready && now.Epoch > pet.Epoch)),
            "the lost region's pets are ready elsewhere", Takeover);
        foreach (var pet in theirs)
        {
            var now = after.Status.Pets.Single(other => other.Ordinal == pet.Ordinal);
            now.Cluster.ShouldNotBe(pet.Cluster);
            after.Status.Takeovers.ShouldContain(receipt => receipt.Ordinal == pet.Ordinal && receipt.Epoch == now.Epoch);
        }

        foreach (var pet in before.Status.Pets.Except(theirs))
            after.Status.Pets.Single(other => other.Ordinal == pet.Ordinal).Epoch.ShouldBe(pet.Epoch, "who was not lost is left alone");

        await lost.SetControlPlaneReachableAsync(true);
        await _world.ClusterReadyAsync(lost, ConditionStatus.True);
        await AllReadyAsync("after the return");
        await NobodyWasTwiceAsync();
    }

    [Fact]
    public async Task AgentKilledForGood_TheWatchdogStopsItsPets_AndTheyStartElsewhere()
    {
        var before = await SetAsync();
        var lost = _world.Machines[0];
        var theirs = before.Status.Pets.Where(pet => pet.Cluster == _world.ClusterOf(lost)).ToList();
        theirs.ShouldNotBeEmpty();

        await lost.Agent!.KillAsync();
        await Eventually.TrueAsync(async () => (await lost.ContainersAsync()).Count == 0, "the watchdog ends them", Takeover, _world.Logs);
        await Eventually.ReadAsync(
            SetAsync, set => theirs.TrueForAll(pet => set.Status.Pets.Any(now => now.Ordinal == pet.Ordinal && now.Phase == PetPhase.Ready && now.Epoch > pet.Epoch)),
            "its pets are ready elsewhere", Takeover);
        await _world.StartAgentAsync(lost);
        await _world.ClusterReadyAsync(lost, ConditionStatus.True);
        await AllReadyAsync("after the return");
        await NobodyWasTwiceAsync();
    }

    [Fact]
    public async Task Fed_ReleaseMovesAPet_AndFenceIsRefusedWhileItRuns()
    {
        var before = (await SetAsync()).Status.Pets.Single(pet => pet.Ordinal == 0);
        var refused = await _world.ControlPlane.FedAsync("fence", "db-0");
        refused.ExitCode.ShouldNotBe(0, "its cluster is heard, and says that it runs");
        refused.ToString().ShouldContain("runs");
        (await _world.ControlPlane.FedAsync("release", "db")).ToString().ShouldContain("'db' is no pet");
        (await _world.ControlPlane.FedAsync("release", "db-0", "--epoch", $"{before.Epoch + 1}")).ExitCode.ShouldNotBe(0, "that is another epoch");

        var released = await _world.ControlPlane.FedAsync("release", "db-0");
        released.ExitCode.ShouldBe(0, released.ToString());
        released.Output.ShouldContain($"db-0 leaves {before.Cluster}");
        var after = await Eventually.ReadAsync(
            SetAsync, set => set.Status.Pets.Single(pet => pet.Ordinal == 0) is { Phase: PetPhase.Ready, Release: null } pet && pet.Epoch > before.Epoch, "it runs elsewhere", Takeover);
        after.Status.Pets.Single(pet => pet.Ordinal == 0).Cluster.ShouldNotBe(before.Cluster);
        await NobodyWasTwiceAsync();
    }

    [Fact]
    public async Task StoreRestored_PetsThatHaveMovedSinceEndFirst_AndNoEpochComesAgain()
    {
        var backup = Path.Combine(_world.ControlPlane.Data, "backup.db");
        (await _world.ControlPlane.StoreAsync("backup", backup)).ExitCode.ShouldBe(0);
        var lost = _world.Machines[0];
        var theirs = (await SetAsync()).Status.Pets.Where(pet => pet.Cluster == _world.ClusterOf(lost)).Select(pet => pet.Ordinal).ToList();
        theirs.ShouldNotBeEmpty();
        await lost.SetControlPlaneReachableAsync(false);
        await Eventually.ReadAsync(
            SetAsync, set => theirs.TrueForAll(ordinal => set.Status.Pets.Any(pet => pet.Ordinal == ordinal && pet is { Phase: PetPhase.Ready, Epoch: 2 })), "they are ready elsewhere", Takeover);
        await lost.SetControlPlaneReachableAsync(true);

        (await _world.ControlPlane.StoreAsync("restore", backup)).ExitCode.ShouldNotBe(0, "the store is in use");
        await _world.ControlPlane.Process.KillAsync();
        var restored = await _world.ControlPlane.StoreAsync("restore", backup);
        restored.ExitCode.ShouldBe(0, restored.ToString());
        await _world.ControlPlane.StartAsync();

        // The backup has them where they were; they run elsewhere, with epochs that it does not know.
        await Eventually.ReadAsync(
            SetAsync, set => set.Status.Pets.All(pet => pet is { Phase: PetPhase.Ready, Epoch: > 1_000_000 }), "all are ready, with epochs that cannot have been given before", Recovery);
        (await SetAsync()).Status.Pets.Where(pet => theirs.Contains(pet.Ordinal)).ShouldAllBe(pet => pet.Cluster == _world.ClusterOf(lost));
        await AllReadyAsync("after the restore");
        await NobodyWasTwiceAsync();
    }

    [Fact]
    public async Task FaultsByChance_NoPetIsEverAliveTwice_AndEveryPetComesBack()
    {
        var faults = new PetFaults(_world, new Random(Seed));
        while (faults.Broken < Faults)
            await faults.NextAsync();
        await faults.HealAllAsync();
        await AllReadyAsync($"after {Faults} faults with seed {Seed}:\n{faults.Told}");
        await NobodyWasTwiceAsync($"seed {Seed}:\n{faults.Told}");
        output.WriteLine($"{faults.Told}\n{faults.Broken} faults (seed {Seed}); the witness heard {_witness.Lives.Count} containers with epochs up to {_witness.Lives.Max(life => life.Epoch)}, never two of one pet.");
    }

    private static int Read(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private string Manifest() => $$"""
        apiVersion: federation/v1
        kind: PetSet
        metadata: { name: db, namespace: default }
        spec:
          replicas: {{Pets}}
          podManagementPolicy: Parallel
          template:
            spec:
              terminationGracePeriodSeconds: 2
              containers:
              - name: db
                image: federation/web:1
                resources: { requests: { cpu: 10m, memory: 8Mi }, limits: { memory: 32Mi } }
                command:
                - /bin/sh
                - -c
                - |
        {{string.Join('\n', _witness.Script.Split('\n').Select(line => $"          {line}"))}}
          placement: { failover: { after: 1s } }
        """;

    private Task<PetSet> SetAsync() => _world.ControlPlane.Client.GetAsync<PetSet>("db", "default");

    /// <summary>The control plane says so, and the witness hears just the containers that it means.</summary>
    private async Task AllReadyAsync(string when)
    {
        await Eventually.ReadAsync(
            SetAsync, set => set.Status.Pets.Count == Pets && set.Status.Pets.All(pet => pet is { Phase: PetPhase.Ready, Release: null }), $"five pets are ready, {when}\n{_world.Logs()}", Recovery);
        await Eventually.TrueAsync(
            async () =>
            {
                var set = await SetAsync();
                var heard = _witness.HeardSince(PetWitness.Uptime() - 1);
                return heard.Select(life => (life.Pet, life.Epoch)).Order().SequenceEqual(set.Status.Pets.Select(pet => (pet.Name, pet.Epoch)).Order());
            },
            $"the witness hears five pets with their epochs, {when}", Takeover, () => string.Join('\n', _witness.HeardSince(PetWitness.Uptime() - 5)));
    }

    private async Task NobodyWasTwiceAsync(string context = "")
    {
        PetLife.Doubles(_witness.Lives).ShouldBeEmpty($"{context}\n{_world.Logs()}");
        // Engines tell of a death a moment after it.
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1e3;
        IReadOnlyList<PetLife> seen = [];
        await Eventually.TrueAsync(
            () => (seen = [.. _events.SelectMany(engine => engine.Lives(now))]).Count(life => life.Last >= now) == Pets, "every engine has told everything", seen: () => string.Join('\n', seen));
        PetLife.Doubles(seen).ShouldBeEmpty($"{context}\n{_world.Logs()}");
        seen.Count.ShouldBeGreaterThanOrEqualTo(_witness.Lives.Count);
    }
}
