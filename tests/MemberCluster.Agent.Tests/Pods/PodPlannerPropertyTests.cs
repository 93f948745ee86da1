using Federation.Api.Agents;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Pods;

/// <summary>What must hold of every plan, whatever happens; the seed of a failure is in its message.</summary>
public sealed class PodPlannerPropertyTests
{
    private static readonly string[][] Slots = [["main"], ["web", "sidecar"], ["web", "one", "two"]];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_WhateverHappens_ConvergesAndConvergedMeansExactlyWhatIsWanted(int seed)
    {
        var random = new Random(seed);
        var simulation = new PodSimulation(random);
        for (var round = 0; round < 12; round++)
        {
            var desired = Desired(random);
            for (var step = 0; step < random.Next(15); step++)
            {
                simulation.Take(simulation.Plan(desired), (desired as DesiredPods.Run)?.Work, failures: 0.3);
                if (random.Next(3) == 0)
                    simulation.Disturb();
                if (random.Next(6) == 0)
                    simulation.RestartAgent();
                simulation.Advance(TimeSpan.FromSeconds(random.Next(30)));
            }

            Converge(simulation, desired, seed);
            Check(simulation, desired, seed);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_TemplateChanges_AsManyPodsAsBeforeStayReady(int seed)
    {
        var random = new Random(seed);
        var simulation = new PodSimulation(random);
        var replicas = random.Next(1, 8);
        Converge(simulation, new DesiredPods.Run(TestWorks.Web(replicas)), seed);
        var next = new DesiredPods.Run(TestWorks.Web(replicas, hash: "hash-2"));
        for (var step = 0; step < 200; step++)
        {
            var plan = simulation.Plan(next);
            simulation.Take(plan, next.Work, failures: 0.3);
            simulation.Pods.Count(pod => pod.IsReady).ShouldBeGreaterThanOrEqualTo(replicas, $"seed {seed}, step {step}");
            simulation.Pods.Count(pod => !pod.IsStopping).ShouldBeLessThanOrEqualTo(replicas + 1, $"seed {seed}, step {step}");
            if (plan.IsConverged)
                return;
        }

        Assert.Fail($"seed {seed}: the new template did not arrive everywhere");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_NobodyHoldsAWork_NothingIsEverStoppedOrRemoved(int seed)
    {
        var random = new Random(seed);
        var simulation = new PodSimulation(random);
        Converge(simulation, new DesiredPods.Run(TestWorks.Web(random.Next(1, 6)).WithContainers(Slots[random.Next(3)])), seed);
        for (var step = 0; step < 30; step++)
        {
            simulation.Disturb();
            var plan = simulation.Plan(new DesiredPods.Unheld());
            // Only a sidecar whose network died with its holder may be ended, to be started again.
            plan.Actions.ShouldAllBe(action => action is PodAction.Start || action is PodAction.Stop && simulation.Pods.Single(pod => pod.Name == action.Pod).Containers.IsEmpty
                || action is PodAction.Kill, $"seed {seed}, step {step}");
            simulation.Take(plan, work: null);
            simulation.Advance(TimeSpan.FromSeconds(10));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_SameInput_SamePlan(int seed)
    {
        var random = new Random(seed);
        var simulation = new PodSimulation(random);
        var desired = Desired(random);
        for (var step = 0; step < 10; step++)
        {
            var plan = simulation.Plan(desired);
            simulation.Plan(desired).Actions.SequenceEqual(plan.Actions).ShouldBeTrue($"seed {seed}");
            simulation.Take(plan, (desired as DesiredPods.Run)?.Work, failures: 0.5);
            simulation.Disturb();
        }
    }

    private static DesiredPods Desired(Random random) => random.Next(6) switch
    {
        0 => new DesiredPods.Remove("Deleted"),
        _ => new DesiredPods.Run(Template(random.Next(3), random.Next(8))),
    };

    private static Work Template(int number, int replicas) => TestWorks.Web(replicas, hash: $"hash-{number}").WithContainers(Slots[number]);

    private static void Converge(PodSimulation simulation, DesiredPods desired, int seed)
    {
        for (var step = 0; step < 400; step++)
        {
            var plan = simulation.Plan(desired);
            if (plan.IsConverged)
            {
                plan.Actions.ShouldBeEmpty();
                return;
            }

            (plan.Actions.Length > 0 || plan.NextLook > simulation.Now || simulation.Pods.Any(pod => !pod.IsReady)).ShouldBeTrue($"seed {seed}: neither something to do nor something to wait for");
            if (plan.Actions.IsEmpty)
                simulation.Advance(plan.NextLook is { } next ? next - simulation.Now : TimeSpan.FromSeconds(1));
            simulation.Take(plan, (desired as DesiredPods.Run)?.Work);
        }

        Assert.Fail($"seed {seed}: no convergence on {desired}; pods: {string.Join(", ", simulation.Pods.Select(pod => $"{pod.Name} {pod.IsReady}"))}");
    }

    private static void Check(PodSimulation simulation, DesiredPods desired, int seed)
    {
        if (desired is not DesiredPods.Run { Work: { } work })
        {
            simulation.Pods.ShouldBeEmpty($"seed {seed}");
            return;
        }

        simulation.Pods.Length.ShouldBe(work.Replicas, $"seed {seed}");
        foreach (var pod in simulation.Pods)
        {
            pod.Identity.TemplateHash.ShouldBe(work.TemplateHash, $"seed {seed}");
            pod.IsStopping.ShouldBeFalse($"seed {seed}");
            var names = work.Template.Spec.Containers.Select(container => container.Name).ToList();
            pod.Containers.Where(container => container.IsRunning).Select(container => container.Slot).Order().SequenceEqual(names.Order()).ShouldBeTrue($"seed {seed}");
            pod.Containers.Count(container => !container.IsRunning).ShouldBeLessThanOrEqualTo(names.Count, $"seed {seed}: one dead container of a name at most");
            var holder = pod.Containers.Single(container => container.IsRunning && container.Slot == names[0]);
            pod.Containers.Where(container => container.IsRunning && container.Slot != names[0])
                .ShouldAllBe(container => container.SharesNetworkOf == holder.Id, $"seed {seed}");
        }
    }
}
