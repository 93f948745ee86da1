using System.Text.Json;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes;
using Xunit.Abstractions;

namespace Federation.Domain.Tests.Scheduling.Nodes.Pets;

public sealed class PetPropertyTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, false, false)]
    [InlineData(3, true, false)]
    [InlineData(4, false, true)]
    [InlineData(5, true, true)]
    [InlineData(20_261_122, false, false)]
    public void Plan_AnyHistory_NeverTwoOfAPetAndConverges(int seed, bool volumes, bool kept)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 60; world++)
        {
            var fleet = new PetFleet(PetFleet.Set(random.Next(1, 6), volumes, kept), [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => Node($"n{i}"))]);
            for (var step = 0; step < 150; step++)
            {
                Step(fleet, random, kept);
                fleet.Check();
            }

            Mend(fleet);
            var plan = fleet.Settle();
            plan.IsConverged.ShouldBeTrue($"world {world}: {plan.Reason} {plan.Message} {fleet.Text()}");
            CheckConverged(fleet);
        }
    }

    private static NodeSnapshot Node(string name) => NodeFleet.Node(name, zone: name[^1] % 2 == 0 ? "z1" : "z2");

    private static void Step(PetFleet fleet, Random random, bool kept)
    {
        var machines = fleet.Machines.ToList();
        var machine = machines[random.Next(machines.Count)];
        switch (random.Next(24))
        {
            case 0:
                fleet.Cut(machine.Node.Name);
                break;
            case 1:
                fleet.Heal(machine.Node.Name);
                break;
            case 2:
                // Whoever lost the disk cannot know of a machine that runs pets without permission and is cut off.
                fleet.Restart(losesDisk: !kept && random.Next(3) == 0);
                break;
            case 3:
                fleet.Change(machine.Node.Name, node => node with { Drain = !node.Drain });
                break;
            case 4:
                fleet.Change(machine.Node.Name, node => node with { Unschedulable = !node.Unschedulable });
                break;
            case 5 or 6:
                Rewrite(fleet, random);
                break;
            case 7 when machine.Running.Count > 0:
                Evict(fleet, machine, random);
                break;
            case 8 or 9:
                fleet.RaiseEpochs();
                fleet.NoteNodes();
                break;
            case < 13:
                fleet.Wait(TimeSpan.FromSeconds(random.NextDouble() * 5));
                break;
            case < 15:
                fleet.Plan();
                break;
            case < 17:
                fleet.Deliver(machine);
                break;
            case < 19:
                fleet.Act(machine, stops: random.Next(2) == 0);
                break;
            default:
                fleet.Report(machine);
                JsonSerializer.Serialize(NodePlanner.Plan(fleet.Input)).ShouldBe(JsonSerializer.Serialize(NodePlanner.Plan(fleet.Input)), "deterministic");
                fleet.Plan();
                if (random.Next(4) > 0)
                    fleet.Permit(machine);
                break;
        }
    }

    /// <summary>What the control plane does: fewer or more pets, or an epoch that grew in another cluster. A pet that is added again has a higher epoch.</summary>
    private static void Rewrite(PetFleet fleet, Random random)
    {
        var ordinal = random.Next(6);
        fleet.Want(pets => pets with
        {
            Run = pets.Run.Any(pet => pet.Ordinal == ordinal)
                ? [.. pets.Run.Where(pet => pet.Ordinal != ordinal)]
                : [.. pets.Run.Append(new WorkPet { Ordinal = ordinal, Epoch = fleet.NextEpoch(ordinal), TemplateHash = "h" }).OrderBy(pet => pet.Ordinal)],
        });
    }

    private static void Evict(PetFleet fleet, PetFleet.Machine machine, Random random)
    {
        var ordinal = machine.Running.Keys.ElementAt(random.Next(machine.Running.Count));
        fleet.Evictions.Clear();
        fleet.Evictions.Add(new PendingEviction(
            new PodEviction { Namespace = "shop", Name = $"db-{ordinal}", Uid = $"{machine.Node.Name}-{ordinal}", GracePeriodSeconds = 30, RequestedAt = fleet.Now }, machine.Node.Name, IsReady: true, ordinal));
    }

    private static void Mend(PetFleet fleet)
    {
        fleet.Evictions.Clear();
        foreach (var machine in fleet.Machines.ToList())
        {
            fleet.Heal(machine.Node.Name);
            fleet.Change(machine.Node.Name, node => node with { Drain = false, Unschedulable = false });
        }
    }

    /// <summary>Converged means: what is wanted runs, once each, with its epoch, and nothing else does.</summary>
    private static void CheckConverged(PetFleet fleet)
    {
        var running = fleet.Machines.SelectMany(machine => machine.Running).OrderBy(pet => pet.Key).Select(pet => (pet.Key, pet.Value));
        running.ShouldBe(fleet.Work.Pets!.Run.OrderBy(pet => pet.Ordinal).Select(pet => (pet.Ordinal, pet.Epoch)), fleet.Text());
        foreach (var pet in fleet.Work.Pets.Run.Where(pet => pet.Node is not null && fleet.Work.Pets.Claims.Count > 0))
            fleet[pet.Node!].Running.ContainsKey(pet.Ordinal).ShouldBeTrue($"pet {pet.Ordinal} is where its volume is: {fleet.Text()}");
    }
}
