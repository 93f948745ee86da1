using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Client;

namespace Federation.Gateway.Tests.Agents;

/// <summary>Whom clusters may measure their distance to.</summary>
public sealed class PeersTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Fact]
    public async Task Peers_OfACluster_AreReadyClustersOfOtherRegionsAtAPortThatClientsUse()
    {
        using var agent = await gateway.JoinAsync("peers-own");
        await gateway.StoreAsync(Cluster("peers-a1", "peers-a", "192.0.2.1 192.0.2.9"));
        await gateway.StoreAsync(Cluster("peers-a2", "peers-a", "192.0.2.2"));
        await gateway.StoreAsync(Cluster("peers-a3", "peers-a", "192.0.2.3"));
        await gateway.StoreAsync(Cluster("peers-b1", "peers-b", "192.0.2.4", ConditionStatus.Unknown));
        await gateway.StoreAsync(Cluster("peers-c1", "peers-c", ""));
        await gateway.StoreAsync(Cluster("peers-d1", "us-east", "192.0.2.5"));
        await gateway.StoreAsync(new App
        {
            Metadata = new ObjectMeta { Name = "peers-web", Namespace = "default", Uid = "uid-peers-web" },
            Spec = new AppSpec { Template = new PodTemplate(), Expose = [new ExposeSpec { Port = 53, Protocol = "UDP" }, new ExposeSpec { Port = 8080, Protocol = "TCP" }] },
            Status = new AppStatus { Clusters = [new ClusterShare { Cluster = "peers-a2", Replicas = 1, Ready = 1, Phase = SharePhase.Active }] },
        });

        await TestKit.Waiting.Eventually.TrueAsync(
            async () => Told(await agent.PeersAsync("peers-own")) == "peers-a peers-a1 192.0.2.1:9, peers-a peers-a2 192.0.2.2:8080",
            "the peers are told");
        (await Should.ThrowAsync<StatusException>(() => agent.PeersAsync("peers-a1"))).Code.ShouldBe(403, "an agent asks for its own cluster");
    }

    private static string Told(RegionPeers answer) =>
        string.Join(", ", answer.Peers.Where(peer => peer.Cluster.StartsWith("peers-", StringComparison.Ordinal)).Select(peer => $"{peer.Region} {peer.Cluster} {peer.Address}:{peer.Port}"));

    private static Cluster Cluster(string name, string region, string addresses, ConditionStatus ready = ConditionStatus.True) => new()
    {
        Metadata = new ObjectMeta { Name = name, Uid = Guid.NewGuid().ToString() },
        Spec = new ClusterSpec { Region = region, Addresses = addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries), LeaseDuration = TimeSpan.FromHours(1) },
        Status = new ClusterStatus { Conditions = [new Condition { Type = ClusterConditions.Ready, Status = ready }] },
    };
}
