using Federation.Api.Agents;
using Federation.TestKit.Processes;

namespace Federation.Gateway.Tests.Kubectl;

/// <summary>Sessions of the real kubectl. Where the machine has none, they pass without saying anything.</summary>
public sealed class KubectlTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>, IDisposable
{
    private readonly DirectoryInfo _cache = Directory.CreateTempSubdirectory("federation-kubectl-");

    public static bool HasKubectl { get; } = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, "kubectl")));

    public void Dispose() => _cache.Delete(recursive: true);

    [Fact]
    public async Task ApiResources_ListsWhatIsServed()
    {
        if (!HasKubectl)
            return;
        var output = await RunAsync("api-resources", "--no-headers");

        foreach (var kind in (string[])["apps", "clusters", "namespaces", "events", "pods"])
            output.ShouldContain(kind);
        output.ShouldNotContain("credentials");
        (await RunAsync("version", "-o", "json")).ShouldContain("\"minor\": \"32\"");
    }

    [Fact]
    public async Task Namespace_ApplyGetLabelDescribeDelete()
    {
        if (!HasKubectl)
            return;
        const string Manifest = "apiVersion: v1\nkind: Namespace\nmetadata: { name: kc, labels: { a: \"1\" } }\n";

        (await RunAsync(Manifest, "apply", "-f", "-")).ShouldBe("namespace/kc created\n");
        (await RunAsync(Manifest, "apply", "-f", "-")).ShouldBe("namespace/kc unchanged\n");
        (await RunAsync(Manifest.Replace("\"1\"", "\"2\"", StringComparison.Ordinal), "apply", "-f", "-")).ShouldBe("namespace/kc configured\n");
        (await RunAsync("get", "ns", "kc", "-o", "jsonpath={.metadata.labels.a}")).ShouldBe("2");
        (await RunAsync("label", "namespace", "kc", "b=3")).ShouldBe("namespace/kc labeled\n");
        (await RunAsync("annotate", "namespace", "kc", "note=hello")).ShouldBe("namespace/kc annotated\n");
        (await RunAsync("get", "ns", "-l", "b=3", "--no-headers")).ShouldMatch("^kc +Active +\\d+s\n$");
        (await RunAsync("describe", "namespace", "kc")).ShouldContain("b=3");
        (await RunAsync("delete", "namespace", "kc")).ShouldStartWith("namespace \"kc\" deleted");
        (await KubectlAsync(null, "get", "namespace", "kc")).Error.ShouldContain("NotFound");
    }

    [Fact]
    public async Task TypedCreate_WithProtobuf_SaysWhatToDoInstead()
    {
        if (!HasKubectl)
            return;
        var result = await KubectlAsync(null, "create", "namespace", "protobuf");

        // Older clients send JSON; those that send protobuf are told what works.
        if (result.ExitCode != 0)
            result.Error.ShouldContain("protobuf bodies are not served here");
    }

    [Fact]
    public async Task Cluster_GetInTablesWaitAndExplain()
    {
        if (!HasKubectl)
            return;
        using var agent = await gateway.JoinAsync("kc-east");
        await agent.ReportAsync("kc-east", new Report { Session = "s", Sequence = 1, Full = true, Inventory = new ClusterInventory { Nodes = 1, AgentVersion = "9.9" } });

        (await RunAsync("wait", "--for=condition=Ready", "cluster/kc-east", "--timeout=20s")).ShouldBe("cluster.federation/kc-east condition met\n");
        var table = (await RunAsync("get", "clusters", "kc-east", "-o", "wide")).Split('\n');
        table[0].ShouldMatch("^NAME +REGION +ZONE +READY +ADDRESS +PODS +CPU +MEMORY +AGE +AGENT +ENGINE +NODES$");
        table[1].ShouldMatch("^kc-east +us-east +<none> +True +127.0.1.1 .* 9.9 +<none> +1$");
        (await RunAsync("get", "cl", "-o", "name")).ShouldContain("cluster.federation/kc-east");
        var explained = await RunAsync("explain", "clusters.spec");
        explained.ShouldContain("region\t<string>");
        explained.ShouldContain("taints\t<[]Taint>");
    }

    /// <summary>A first argument of several lines is the standard input.</summary>
    private Task<string> RunAsync(string first, params string[] arguments) =>
        first.Contains('\n') ? RunWithAsync(first, arguments) : RunWithAsync(null, [first, .. arguments]);

    private async Task<string> RunWithAsync(string? input, string[] arguments)
    {
        var result = await KubectlAsync(input, arguments);
        result.ExitCode.ShouldBe(0, $"kubectl {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }

    private Task<CommandResult> KubectlAsync(string? input, params string[] arguments) =>
        Command.RunAsync("kubectl", ["--kubeconfig", gateway.KubeConfigPath, "--cache-dir", _cache.FullName, .. arguments], input);
}
