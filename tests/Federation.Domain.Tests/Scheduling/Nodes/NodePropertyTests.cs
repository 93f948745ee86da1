using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Nodes;
using Xunit.Abstractions;

namespace Federation.Domain.Tests.Scheduling.Nodes;

public sealed class NodePropertyTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Failover = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20_261_122)]
    public void Plan_AnyHistory_IsDeterministicSafeAndConverges(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 100; world++)
        {
            var fleet = new NodeFleet(NodeFleet.Replicas(random.Next(0, 12)), [.. Enumerable.Range(0, random.Next(1, 6)).Select(i => RandomNode(random, $"n{i}"))]);
            for (var step = 0; step < 12; step++)
            {
                // Plans follow each other while nodes are slow, and the world changes meanwhile.
                for (var round = random.Next(1, 4); round > 0; round--)
                    ExecuteSafely(fleet);
                fleet.Start(mostReady: random.Next(0, 4));
                if (random.Next(3) == 0)
                    CheckSettled(fleet, SettleSafely(fleet));
                Disturb(fleet, random);
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Plan_NodesFlapWithinTheFailoverTime_NothingMoves(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 100; world++)
        {
            var fleet = new NodeFleet(NodeFleet.Replicas(random.Next(1, 12)), [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => NodeFleet.Node($"n{i}", 400))]);
            fleet.Settle();
            var before = fleet.Text();
            for (var step = 0; step < 20; step++)
            {
                var node = $"n{random.Next(fleet.Nodes.Count())}";
                if (fleet[node].IsReady)
                    fleet.Lose(node);
                else
                    fleet.Return(node);
                fleet.Wait(TimeSpan.FromSeconds(random.NextDouble()));
                foreach (var away in fleet.Nodes.Where(other => fleet.Now - other.NotReadySince > Failover * 0.8).ToList())
                    fleet.Return(away.Name);
                ExecuteSafely(fleet);
                fleet.Report();
                fleet.Text().ShouldBe(before);
            }
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Plan_Completions_EveryIndexIsCompletedWhateverIsLost(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var world = 0; world < 60; world++)
        {
            var (completions, parallelism) = (random.Next(1, 30), random.Next(1, 8));
            var fleet = new NodeFleet(NodeFleet.Job(completions, parallelism), [.. Enumerable.Range(0, random.Next(2, 5)).Select(i => NodeFleet.Node($"n{i}", random.Next(100, 500)))]);
            var rounds = 0;
            while (fleet.Work.Completions!.Indexes.Length > 0)
            {
                rounds++.ShouldBeLessThan(500, fleet.Text());
                Text(fleet.Plan()).ShouldBe(Text(fleet.Plan()), "deterministic");
                fleet.Execute();
                CheckIndexes(fleet, parallelism);
                foreach (var pod in fleet.Pods.Where(pod => fleet[pod.Node].IsReady && random.Next(2) == 0).ToList())
                    fleet.Done[pod.Node] = (fleet.Done.GetValueOrDefault(pod.Node) ?? IndexSet.Empty).Union(IndexSet.Of([pod.Index!.Value]));
                fleet.Report();
                if (random.Next(2) == 0)
                    Note(fleet);
                if (random.Next(4) == 0)
                    DisturbNodes(fleet, random);
                fleet.Wait(TimeSpan.FromSeconds(random.Next(0, 6)));
                // One node always stays, or nobody could complete anything.
                fleet.Change("n0", node => node with { NotReadySince = null, Drain = false, Unschedulable = false });
            }
        }
    }

    [Fact]
    public void Plan_DrainWhileNothingBecomesReady_TakesNoPodThatServes()
    {
        var fleet = new NodeFleet(NodeFleet.Replicas(4), NodeFleet.Node("a"), NodeFleet.Node("b"));
        fleet.Settle();
        fleet.Broken.Add("b");
        fleet.Change("a", node => node with { Drain = true });
        var plan = fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=4");
        plan.Reason.ShouldBe(NodeReasons.Moving);
        fleet.Broken.Clear();
        fleet.Settle().IsConverged.ShouldBeTrue();
        fleet.Text().ShouldBe("b=4");
    }

    /// <summary>The parent has noted what is completed.</summary>
    private static void Note(NodeFleet fleet)
    {
        var left = fleet.Done.Values.Aggregate(IndexSet.Parse(fleet.Work.Completions!.Indexes), (indexes, done) => indexes.Except(done));
        fleet.Work = fleet.Work with { Completions = fleet.Work.Completions with { Indexes = left.ToString() } };
    }

    private static void CheckIndexes(NodeFleet fleet, int parallelism)
    {
        var done = fleet.Input.Reports.Values.Aggregate(IndexSet.Empty, (all, report) => all.Union(IndexSet.Parse(report.Succeeded)));
        var assigned = fleet.Shares.SelectMany(share => IndexSet.Parse(share.Indexes).Except(done)).ToList();
        assigned.ShouldBe(assigned.Distinct(), "an index is one node's");
        assigned.Count.ShouldBeLessThanOrEqualTo(parallelism);
        assigned.Except(IndexSet.Parse(fleet.Work.Completions!.Indexes)).ShouldBeEmpty("nothing that is noted is run again");
        foreach (var share in fleet.Shares)
            share.Replicas.ShouldBe(IndexSet.Parse(share.Indexes).Except(done).Count, "as many at the same time as it has to do");
    }

    private static NodePlan ExecuteSafely(NodeFleet fleet)
    {
        var before = fleet.Shares.ToDictionary(share => share.Node);
        // Pods that a tombstone was sent for do not count, nor those that are replaced where they are.
        var serving = fleet.Pods.Where(pod => pod.IsReady && fleet[pod.Node].IsReady && before.GetValueOrDefault(pod.Node)?.Phase is not (NodeSharePhase.Withdrawing or null)).ToList();
        var input = fleet.Input;
        var plan = fleet.Plan();
        Text(plan).ShouldBe(Text(NodePlanner.Plan(input with { Nodes = [.. input.Nodes.Reverse()] })), "deterministic, whatever the order");
        var inPlace = plan.Forward.Count(eviction => serving.Exists(pod => pod.Uid == eviction.Eviction.Uid)
            && !plan.Shares.Any(share => share.Evicted.Contains(eviction.Eviction.Uid)));

        var was = fleet.Describe();
        fleet.Execute();

        plan.Shares.Select(share => share.Node).ShouldBe(plan.Shares.Select(share => share.Node).Order(StringComparer.Ordinal).Distinct());
        fleet.ReadyPods.ShouldBeGreaterThanOrEqualTo(Math.Min(fleet.Work.Replicas, serving.Count) - inPlace, $"no pod that serves goes before its replacement serves:\n{was}\n{fleet.Describe()}\n{plan.Message}");
        var placed = plan.Shares.Sum(share => share.Replicas);
        (placed + plan.Unplaced).ShouldBeGreaterThanOrEqualTo(fleet.Work.Replicas, $"what is wanted is placed or said: {fleet.Text()}");
        foreach (var share in plan.Shares)
            CheckShare(share, before.GetValueOrDefault(share.Node), fleet);
        return plan;
    }

    private static void CheckShare(NodeShare share, NodeShare? before, NodeFleet fleet)
    {
        var node = fleet[share.Node];
        (share.Phase == NodeSharePhase.Active).ShouldBe(share.Replicas > 0);
        if (share.Replicas > (before?.Replicas ?? 0))
        {
            // What a node came back with runs already.
            var held = before?.Phase == NodeSharePhase.Away ? fleet.Input.Reports[share.Node].Running : 0;
            share.Replicas.ShouldBeLessThanOrEqualTo(Math.Max(held, node.Free.Fit(new ResourceAmounts(100, 0, 1))), "never over capacity");
            (node is { IsReady: true, Drain: false, Unschedulable: false, Taints.Count: 0 }).ShouldBeTrue("nothing new goes where nothing new may go");
        }

        if (!node.IsReady)
            (share.Phase == NodeSharePhase.Withdrawing && before?.Phase != NodeSharePhase.Withdrawing).ShouldBeFalse("nothing is withdrawn unheard");
    }

    private static NodePlan SettleSafely(NodeFleet fleet)
    {
        for (var round = 0; round < 60; round++)
        {
            var (before, pods) = (fleet.Text(), fleet.Pods.Count(pod => pod.IsReady));
            var plan = ExecuteSafely(fleet);
            fleet.Start();
            if (plan.NextLook is { } at)
                fleet.Wait(at - fleet.Now);
            else if (before == fleet.Text() && pods == fleet.Pods.Count(pod => pod.IsReady) && fleet.Plan().Shares.SequenceEqual(plan.Shares))
                return fleet.Plan();
        }

        throw new InvalidOperationException($"It does not settle: {fleet.Text()}");
    }

    private static void CheckSettled(NodeFleet fleet, NodePlan plan)
    {
        var hasRoom = fleet.Nodes.Any(node => node is { IsReady: true, Drain: false, Unschedulable: false, Taints.Count: 0 }
            && fleet.Replicas(node.Name) < node.Free.Fit(new ResourceAmounts(100, 0, 1)));
        if (plan.Unplaced > 0 || plan.Reason == NodeReasons.CannotMove)
            hasRoom.ShouldBeFalse($"room is used: {fleet.Text()}: {plan.Message}");
        plan.Reason.ShouldNotBe(NodeReasons.Moving, $"what moves arrives: {fleet.Text()}");
        (plan.Reason is null).ShouldBe(plan.Message is null);
        var isHeard = plan.Shares.All(share => fleet[share.Node].IsReady);
        plan.IsConverged.ShouldBe(plan.Unplaced == 0 && plan.Leaving == 0 && isHeard && fleet.Input.Evictions.IsEmpty, $"{fleet.Text()}: {plan.Message}");
        if (!plan.IsConverged)
            return;
        plan.Shares.Sum(share => share.Replicas).ShouldBe(fleet.Work.Replicas);
        plan.Shares.ShouldAllBe(share => !fleet[share.Node].Drain);
        foreach (var node in fleet.Nodes.Where(node => node.IsReady))
            fleet.Pods.Count(pod => pod.Node == node.Name && pod.IsReady).ShouldBe(fleet.Replicas(node.Name));
    }

    private static void Disturb(NodeFleet fleet, Random random)
    {
        fleet.Wait(TimeSpan.FromSeconds(random.Next(0, 15)));
        var names = fleet.Nodes.Select(node => node.Name).ToList();
        switch (random.Next(6))
        {
            case 0:
                fleet.Work = fleet.Work with { Replicas = random.Next(0, 12) };
                break;
            case 1 when names.Count > 1:
                fleet.Remove(names[random.Next(names.Count)]);
                break;
            case 2:
                fleet.Set(RandomNode(random, $"n{random.Next(8)}"));
                break;
            case 3 when fleet.Pods.Where(pod => pod.IsReady).ToList() is { Count: > 0 } ready:
                fleet.Evict(ready[random.Next(ready.Count)].Node);
                break;
            default:
                DisturbNodes(fleet, random);
                break;
        }
    }

    private static void DisturbNodes(NodeFleet fleet, Random random)
    {
        var names = fleet.Nodes.Select(node => node.Name).ToList();
        var name = names[random.Next(names.Count)];
        switch (random.Next(7))
        {
            case 0 or 1:
                if (fleet[name].IsReady)
                    fleet.Lose(name);
                break;
            case 2 or 3:
                fleet.Return(name);
                break;
            case 4:
                fleet.Change(name, node => node with { Unschedulable = !node.Unschedulable });
                break;
            case 5:
                fleet.Change(name, node => node with { Drain = !node.Drain });
                break;
            default:
                fleet.Change(name, node => node with { Taints = node.Taints.Count == 0 ? [new Taint { Key = "gpu" }] : [] });
                break;
        }
    }

    private static NodeSnapshot RandomNode(Random random, string name) => NodeFleet.Node(name, random.Next(0, 8) * 100, zone: random.Next(2) == 0 ? "z1" : "z2");

    private static string Text(NodePlan plan) => JsonSerializer.Serialize(plan);
}
