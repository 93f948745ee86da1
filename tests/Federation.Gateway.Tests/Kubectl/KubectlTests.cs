using Federation.Api.Agents;

namespace Federation.Gateway.Tests.Kubectl;

/// <summary>Sessions of the real kubectl. Where the machine has none, they pass without saying anything.</summary>
public sealed class KubectlTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>, IDisposable
{
    private readonly KubectlRunner _kubectl = new(gateway);

    public void Dispose() => _kubectl.Dispose();

    [Fact]
    public async Task ApiResources_ListsWhatIsServed()
    {
        var output = await _kubectl.RunAsync("api-resources", "--no-headers");

        foreach (var kind in (string[])["apps", "clusters", "namespaces", "events", "pods"])
            output.ShouldContain(kind);
        output.ShouldNotContain("credentials");
        (await _kubectl.RunAsync("version", "-o", "json")).ShouldContain("\"minor\": \"32\"");
    }

    [Fact]
    public async Task Namespace_ApplyGetLabelDescribeDelete()
    {
        const string Manifest = "apiVersion: v1\nkind: Namespace\nmetadata: { name: kc, labels: { a: \"1\" } }\n";

        (await _kubectl.RunAsync(Manifest, "apply", "-f", "-")).ShouldBe("namespace/kc created\n");
        (await _kubectl.RunAsync(Manifest, "apply", "-f", "-")).ShouldBe("namespace/kc unchanged\n");
        (await _kubectl.RunAsync(Manifest.Replace("\"1\"", "\"2\"", StringComparison.Ordinal), "apply", "-f", "-")).ShouldBe("namespace/kc configured\n");
        (await _kubectl.RunAsync("get", "ns", "kc", "-o", "jsonpath={.metadata.labels.a}")).ShouldBe("2");
        (await _kubectl.RunAsync("label", "namespace", "kc", "b=3")).ShouldBe("namespace/kc labeled\n");
        (await _kubectl.RunAsync("annotate", "namespace", "kc", "note=hello")).ShouldBe("namespace/kc annotated\n");
        (await _kubectl.RunAsync("get", "ns", "-l", "b=3", "--no-headers")).ShouldMatch("^kc +Active +\\d+s\n$");
        (await _kubectl.RunAsync("describe", "namespace", "kc")).ShouldContain("b=3");
        (await _kubectl.RunAsync("delete", "namespace", "kc")).ShouldStartWith("namespace \"kc\" deleted");
        (await _kubectl.TryAsync(null, "get", "namespace", "kc")).Error.ShouldContain("NotFound");
    }

    [Fact]
    public async Task Cluster_GetInTablesWaitAndExplain()
    {
        using var agent = await gateway.JoinAsync("kc-east");
        await agent.ReportAsync("kc-east", new Report { Session = "s", Sequence = 1, Full = true, Inventory = new ClusterInventory { Nodes = 1, AgentVersion = "9.9" } });

        (await _kubectl.RunAsync("wait", "--for=condition=Ready", "cluster/kc-east", "--timeout=20s")).ShouldBe("cluster.federation/kc-east condition met\n");
        var table = (await _kubectl.RunAsync("get", "clusters", "kc-east", "-o", "wide")).Split('\n');
        table[0].ShouldMatch("^NAME +REGION +ZONE +READY +ADDRESS +PODS +CPU +MEMORY +AGE +AGENT +ENGINE +NODES$");
        table[1].ShouldMatch("^kc-east +us-east +<none> +True +127.0.1.1 .* 9.9 +<none> +1$");
        (await _kubectl.RunAsync("get", "cl", "-o", "name")).ShouldContain("cluster.federation/kc-east");
        var explained = await _kubectl.RunAsync("explain", "clusters.spec");
        explained.ShouldContain("region\t<string>");
        explained.ShouldContain("taints\t<[]Taint>");
    }
}
