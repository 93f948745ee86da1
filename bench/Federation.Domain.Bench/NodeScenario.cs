using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Quantities;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Nodes;

namespace Federation.Domain.Bench;

/// <summary>1,000 pods of one work over the nodes of a cluster.</summary>
internal static class NodeScenario
{
    private const int Pods = 1_000;

    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Scenario> All(int count)
    {
        var nodes = Nodes(count);
        var input = new NodePlanInput { Work = NewWork(), Nodes = nodes, Now = Now };
        yield return new Scenario("node plan of a new work, 1,000 pods", () => Placed(NodePlanner.Plan(input)));

        var settled = input with { Shares = NodePlanner.Plan(input).Shares, Revision = 1 };
        settled = settled with { Reports = settled.Shares.ToDictionary(share => share.Node, share => new WorkStatus { Uid = "w", Revision = 2, Desired = share.Replicas, Running = share.Replicas, Ready = share.Replicas }) };
        yield return new Scenario("node plan, nothing changed, 1,000 pods", () => Placed(NodePlanner.Plan(settled)));
        var lost = settled with { Nodes = nodes.SetItem(0, nodes[0] with { NotReadySince = Now.AddMinutes(-1) }) };
        yield return new Scenario("node plan, one node lost, 1,000 pods", () => Placed(NodePlanner.Plan(lost)));
        var drained = settled with { Nodes = nodes.SetItem(0, nodes[0] with { Drain = true }) };
        yield return new Scenario("node plan, one node drained, 1,000 pods", () => Placed(NodePlanner.Plan(drained)));
        var hungry = input with { Work = NewWork("90") };
        yield return new Scenario("node plan, nothing fits, hints", () => Pods - Placed(NodePlanner.Plan(hungry)));
    }

    private static int Placed(NodePlan plan) => plan.Shares.Sum(share => share.Replicas);

    private static ImmutableArray<NodeSnapshot> Nodes(int count) => [.. Enumerable.Range(0, count).Select(i => new NodeSnapshot
    {
        Name = $"us-east-1.node-{i:0000}",
        Region = $"zone-{i % 3}",
        Labels = new Dictionary<string, string> { ["disk"] = "ssd" },
        Free = new ResourceAmounts(60_000 + (i * 37 % 4_000), 256L << 30, 500),
    })];

    private static Work NewWork(string cpu = "50m") => new()
    {
        Uid = "w",
        Kind = "App",
        Namespace = "shop",
        Name = "web",
        Replicas = Pods,
        Template = new PodTemplate
        {
            Spec = new PodSpec
            {
                NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" },
                Containers = [new ContainerSpec { Name = "web", Image = "web:1", Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(cpu), ["memory"] = Quantity.Parse("64Mi") } } }],
            },
        },
    };
}
