using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Kubectl;

/// <summary>Events and namespaces with the real kubectl. Where the machine has none, they pass without saying anything.</summary>
public sealed class KubectlEventTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>, IDisposable
{
    private readonly KubectlRunner _kubectl = new(gateway);

    public void Dispose() => _kubectl.Dispose();

    [Fact]
    public async Task Events_OfClusterAndNode_AreListedSelectedAndDescribed()
    {
        using var agent = await gateway.JoinAsync("ke-east");
        var told = new AgentEvent { Kind = "Node", Name = "ke-east.host", Uid = "node-uid", Reason = "Starting", Message = "The agent starts" };
        await agent.ReportAsync("ke-east", new Report
        {
            Session = "s",
            Sequence = 1,
            Full = true,
            Inventory = new ClusterInventory { Nodes = 1 },
            Nodes = [new Node { Metadata = new ObjectMeta { Name = "ke-east.host", Uid = "node-uid" } }],
            Events = [told, told with { Kind = "Cluster", Name = "ke-east", Uid = null, Reason = "DiskFull", Type = "Warning", Message = "no room" }],
        });
        await Eventually.TrueAsync(
            async () => (await _kubectl.RunAsync("get", "events", "--field-selector", "involvedObject.name=ke-east", "-o", "jsonpath={.items[*].reason}")).Contains("DiskFull"), "the events are written");

        (await _kubectl.RunAsync("describe", "cluster", "ke-east")).ShouldMatch("Warning +DiskFull +.* no room");
        await Eventually.TrueAsync(async () => (await _kubectl.RunAsync("describe", "node", "ke-east.host")).Contains("The agent starts"), "describe node shows its events");
        (await _kubectl.RunAsync("events", "--for", "cluster/ke-east")).ShouldMatch("Warning +DiskFull +Cluster/ke-east +no room");
        (await _kubectl.RunAsync("get", "events", "--field-selector", "type=Warning,reason=DiskFull", "--no-headers")).ShouldContain("cluster/ke-east");
    }

    [Fact]
    public async Task Namespace_WithContents_DeleteWaitsAndReturns()
    {
        await _kubectl.RunAsync("create", "namespace", "ke-shop");
        await _kubectl.RunAsync("create", "configmap", "settings", "-n", "ke-shop", "--from-literal=a=b");
        await _kubectl.RunAsync("create", "secret", "generic", "password", "-n", "ke-shop", "--from-literal=p=hunter2");

        (await _kubectl.RunAsync("delete", "namespace", "ke-shop", "--timeout=60s")).ShouldStartWith("namespace \"ke-shop\" deleted");

        (await _kubectl.TryAsync(null, "get", "namespace", "ke-shop")).Error.ShouldContain("NotFound");
        await _kubectl.RunAsync("create", "namespace", "ke-shop");
        (await _kubectl.RunAsync("get", "configmaps,secrets", "-n", "ke-shop", "-o", "name")).ShouldBe("");
        (await _kubectl.TryAsync(null, "delete", "namespace", "default")).Error.ShouldContain("Forbidden");
    }
}
