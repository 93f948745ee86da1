using System.Net;
using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Client;
using Federation.Client.Agents;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Nodes;

public sealed class NodeWriteTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const string Merge = "application/merge-patch+json";
    private const string Strategic = "application/strategic-merge-patch+json";

    [Theory]
    [InlineData("wa", Strategic, """{"spec":{"unschedulable":true}}""")]
    [InlineData("wb", Merge, """{"spec":{"unschedulable":true}}""")]
    [InlineData("wc", "application/json-patch+json", """[{"op":"add","path":"/spec/unschedulable","value":true}]""")]
    [InlineData("wd", "application/apply-patch+yaml", """{"apiVersion":"v1","kind":"Node","spec":{"unschedulable":true}}""")]
    public async Task Patch_Cordon_IsWrittenIntoTheClusterAndShownAtOnce(string cluster, string contentType, string patch)
    {
        using var agent = await JoinAsync(cluster, "one", "two");
        const string Stated = """{"apiVersion":"federation/v1","kind":"Cluster","metadata":{"labels":{"tier":"prod"}}}""";
        (await gateway.SendAsync(HttpMethod.Patch, $"/apis/federation/v1/clusters/{cluster}?fieldManager=gitops", Stated, "application/apply-patch+yaml")).Code.ShouldBe(HttpStatusCode.OK);

        var (code, body) = await PatchAsync($"{cluster}.one", patch, contentType);

        code.ShouldBe(HttpStatusCode.OK, body.ToString());
        body.GetProperty("spec").GetProperty("unschedulable").GetBoolean().ShouldBeTrue();
        (await ReadAsync($"{cluster}.one")).Spec.Unschedulable.ShouldBe(true, "a read after it shows it, although no agent has reported");
        (await ReadAsync($"{cluster}.two")).Spec.Unschedulable.ShouldBeNull();
        var written = await gateway.Client.GetAsync<Cluster>(cluster);
        written.Spec.Nodes.ShouldHaveSingleItem().ShouldSatisfyAllConditions(entry => (entry.Name, entry.Unschedulable).ShouldBe(("one", true)));
        written.Metadata.ManagedFields.Where(entry => entry.Manager?.StartsWith("tester", StringComparison.Ordinal) == true && entry.FieldsV1.ToString()!.Contains("unschedulable")).ShouldNotBeEmpty("who wrote it owns it");
        await Eventually.TrueAsync(async () => (await gateway.Client.ListAsync<Node>(new ListQuery { FieldSelector = "spec.unschedulable=true" })).Items.Any(node => node.Metadata.Name == $"{cluster}.one"), "it is selected by it");
    }

    [Fact]
    public async Task Patch_Uncordon_EndsADrainAndLeavesNoEntryBehind()
    {
        using var agent = await JoinAsync("we", "one");
        (await gateway.SendAsync(HttpMethod.Patch, "/apis/federation/v1/clusters/we", """{"spec":{"nodes":[{"name":"one","drain":true}]}}""", Merge)).Code.ShouldBe(HttpStatusCode.OK);
        (await ReadAsync("we.one")).Spec.Unschedulable.ShouldBe(true, "what is drained takes nothing new");

        (await PatchAsync("we.one", """{"spec":{"unschedulable":null}}""")).Code.ShouldBe(HttpStatusCode.OK);

        (await ReadAsync("we.one")).Spec.Unschedulable.ShouldBeNull();
        (await gateway.Client.GetAsync<Cluster>("we")).Spec.Nodes.ShouldBeEmpty();
    }

    [Fact]
    public async Task Patch_Labels_OverruleAndGiveBackTheMachinesOwn()
    {
        using var agent = await JoinAsync("wf", "one");

        (await PatchAsync("wf.one", """{"metadata":{"labels":{"disk":"ssd","tier":"gold"}}}""")).Code.ShouldBe(HttpStatusCode.OK);
        (await ReadAsync("wf.one")).Metadata.Labels.ShouldSatisfyAllConditions(labels => labels["disk"].ShouldBe("ssd"), labels => labels["tier"].ShouldBe("gold"));
        (await PatchAsync("wf.one", """{"metadata":{"labels":{"disk":null}}}""")).Code.ShouldBe(HttpStatusCode.OK);
        (await ReadAsync("wf.one")).Metadata.Labels.ShouldSatisfyAllConditions(labels => labels["disk"].ShouldBe("hdd", "the machine's own is back"), labels => labels["tier"].ShouldBe("gold"));
        (await gateway.Client.GetAsync<Cluster>("wf")).Spec.Nodes.ShouldHaveSingleItem().Labels.Keys.ShouldBe(["tier"]);
    }

    [Fact]
    public async Task Patch_Taints_AreBesidesThoseOfTheCluster()
    {
        using var agent = await JoinAsync("wg", "one");
        (await gateway.SendAsync(HttpMethod.Patch, "/apis/federation/v1/clusters/wg", """{"spec":{"taints":[{"key":"spot"}]}}""", Merge)).Code.ShouldBe(HttpStatusCode.OK);

        (await PatchAsync("wg.one", """{"spec":{"taints":[{"key":"spot","effect":"NoSchedule"},{"key":"gpu","value":"yes","effect":"NoSchedule"}]}}""")).Code.ShouldBe(HttpStatusCode.OK);
        (await ReadAsync("wg.one")).Spec.Taints.Select(taint => taint.Key).ShouldBe(["spot", "gpu"]);
        (await gateway.Client.GetAsync<Cluster>("wg")).Spec.Nodes.ShouldHaveSingleItem().Taints.ShouldBe([new Taint { Key = "gpu", Value = "yes" }]);

        var (code, body) = await PatchAsync("wg.one", """{"spec":{"taints":null}}""");
        code.ShouldBe(HttpStatusCode.UnprocessableEntity);
        FieldsOf(body).ShouldBe(["spec.taints"]);
    }

    [Theory]
    [InlineData("""{"metadata":{"annotations":{"a":"b"}}}""", "metadata.annotations")]
    [InlineData("""{"spec":{"providerID":"x"}}""", "spec.providerID")]
    [InlineData("""{"spec":{"podCIDR":"10.0.0.0/24"}}""", "spec.podCIDR")]
    [InlineData("""{"metadata":{"finalizers":["a/b"]},"spec":{"unschedulable":true}}""", "metadata.finalizers")]
    [InlineData("""{"metadata":{"labels":{"topology.kubernetes.io/region":"mars"}}}""", "metadata.labels[topology.kubernetes.io/region]")]
    [InlineData("""{"metadata":{"labels":{"federation.cluster":null}}}""", "metadata.labels[federation.cluster]")]
    [InlineData("""{"metadata":{"labels":{"kubernetes.io/os":null}}}""", "metadata.labels[kubernetes.io/os]")]
    [InlineData("""{"metadata":{"labels":{"a b":"c"}}}""", "metadata.labels")]
    [InlineData("""{"spec":{"taints":[{"key":"a","effect":"NoExecute"}]}}""", "spec.taints[0].effect")]
    public async Task Patch_WhatCannotBeWanted_IsRefusedByItsPath(string patch, string path)
    {
        using var agent = await JoinAsync("wh", "one");

        var (code, body) = await PatchAsync("wh.one", patch);

        code.ShouldBe(HttpStatusCode.UnprocessableEntity, body.ToString());
        FieldsOf(body).ShouldBe([path]);
        (await gateway.Client.GetAsync<Cluster>("wh")).Spec.Nodes.ShouldBeEmpty("nothing of a refused write is done");
    }

    [Theory]
    [InlineData("""{"metadata":{"annotations":{"a":"b"}}}""", "metadata.annotations")]
    [InlineData("""{"spec":{"providerID":"x"}}""", "spec.providerID")]
    [InlineData("""{"metadata":{"labels":{"federation.region":"mars"}}}""", "metadata.labels[federation.region]")]
    public async Task Apply_WhatCannotBeWanted_IsRefusedByItsPath(string stated, string path)
    {
        using var agent = await JoinAsync("wi", "one");
        var (code, body) = await PatchAsync("wi.one", stated, "application/apply-patch+yaml");
        code.ShouldBe(HttpStatusCode.UnprocessableEntity, body.ToString());
        FieldsOf(body).ShouldBe([path]);
    }

    [Fact]
    public async Task Apply_TwoMachinesByOneManager_EachKeepsItsOwnAndOthersConflict()
    {
        using var agent = await JoinAsync("wj", "one", "two");
        const string Apply = "application/apply-patch+yaml";
        (await PatchAsync("wj.one", """{"metadata":{"labels":{"a":"1","b":"1"}}}""", Apply)).Code.ShouldBe(HttpStatusCode.OK);
        (await PatchAsync("wj.two", """{"metadata":{"labels":{"a":"2"}}}""", Apply)).Code.ShouldBe(HttpStatusCode.OK);
        (await PatchAsync("wj.one", """{"metadata":{"labels":{"a":"1"}}}""", Apply)).Code.ShouldBe(HttpStatusCode.OK);

        (await ReadAsync("wj.one")).Metadata.Labels.ShouldSatisfyAllConditions(labels => labels["a"].ShouldBe("1"), labels => labels.Keys.ShouldNotContain("b", "what is no longer stated goes"));
        (await ReadAsync("wj.two")).Metadata.Labels["a"].ShouldBe("2");
        (await gateway.SendAsync(HttpMethod.Patch, "/api/v1/nodes/wj.one?fieldManager=other", """{"metadata":{"labels":{"a":"9"}}}""", Apply)).Code.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Replace_AnOldRevision_IsAConflict_DryRunWritesNothing()
    {
        using var agent = await JoinAsync("wk", "one");
        var node = await ReadAsync("wk.one");
        var wanted = JsonSerializer.Serialize(node with { Spec = node.Spec with { Unschedulable = true } }, Federation.Api.Kinds.Node.TypeInfo);

        var (dry, shown) = await gateway.SendAsync(HttpMethod.Put, "/api/v1/nodes/wk.one?dryRun=All", wanted);
        (dry, shown.GetProperty("spec").GetProperty("unschedulable").GetBoolean()).ShouldBe((HttpStatusCode.OK, true));
        (await gateway.Client.GetAsync<Cluster>("wk")).Spec.Nodes.ShouldBeEmpty();

        (await gateway.SendAsync(HttpMethod.Put, "/api/v1/nodes/wk.one", wanted)).Code.ShouldBe(HttpStatusCode.OK);
        (await gateway.SendAsync(HttpMethod.Put, "/api/v1/nodes/wk.one", wanted)).Code.ShouldBe(HttpStatusCode.Conflict);
        (await gateway.SendAsync(HttpMethod.Put, "/api/v1/nodes/wk.nobody", wanted.Replace("wk.one", "wk.nobody"))).Code.ShouldBe(HttpStatusCode.NotFound);
        (await gateway.SendAsync(HttpMethod.Post, "/api/v1/nodes", wanted)).Code.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Patch_ByManyAtOnce_LosesNothing()
    {
        using var agent = await JoinAsync("wl", "one");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => PatchAsync("wl.one", """{"metadata":{"labels":{"KEY":"x"}}}""".Replace("KEY", $"l{number}"))));
        var written = answers.Select((answer, number) => (answer.Code, number)).Where(answer => answer.Code == HttpStatusCode.OK).Select(answer => $"l{answer.number}").ToList();
        answers.ShouldAllBe(answer => answer.Code == HttpStatusCode.OK || answer.Code == HttpStatusCode.Conflict);
        written.ShouldNotBeEmpty();
        (await ReadAsync("wl.one")).Metadata.Labels.Keys.Where(key => key.StartsWith('l')).ShouldBe(written, ignoreOrder: true);
    }

    [Fact]
    public async Task Client_DrainAndUncordon_KeepWhatElseIsWanted()
    {
        using var agent = await JoinAsync("wm", "one", "two");
        await PatchAsync("wm.one", """{"metadata":{"labels":{"tier":"gold"}}}""");
        await gateway.Client.CordonAsync("wm.two");

        await gateway.Client.DrainAsync("wm.one");
        await gateway.Client.DrainAsync("wm.one");
        (await gateway.Client.GetAsync<Cluster>("wm")).Spec.Nodes.Select(entry => (entry.Name, entry.Drain, entry.Unschedulable, entry.Labels.Count))
            .ShouldBe([("two", null, true, 0), ("one", true, null, 1)], ignoreOrder: true);
        (await ReadAsync("wm.one")).Spec.Unschedulable.ShouldBe(true);

        (await gateway.Client.UncordonAsync("wm.one")).Spec.Unschedulable.ShouldBeNull();
        (await gateway.Client.GetAsync<Cluster>("wm")).Spec.Nodes.Single(entry => entry.Name == "one").ShouldSatisfyAllConditions(entry => entry.Drain.ShouldBeNull(), entry => entry.Labels["tier"].ShouldBe("gold"));
        (await Should.ThrowAsync<StatusException>(gateway.Client.DrainAsync("wm.three"))).IsNotFound.ShouldBeTrue("a slip of the pen is no wish");
    }

    private Task<(HttpStatusCode Code, JsonElement Body)> PatchAsync(string node, string patch, string contentType = Strategic) =>
        gateway.SendAsync(HttpMethod.Patch, $"/api/v1/nodes/{node}?fieldManager=tester", patch, contentType);

    private Task<Node> ReadAsync(string name) => gateway.Client.GetAsync<Node>(name);

    private static IEnumerable<string?> FieldsOf(JsonElement status) => status.GetProperty("details").GetProperty("causes").EnumerateArray().Select(cause => cause.GetProperty("field").GetString());

    private async Task<AgentClient> JoinAsync(string cluster, params string[] hosts)
    {
        var agent = await gateway.JoinAsync(cluster);
        var nodes = hosts.Select(host => new Node
        {
            Metadata = new ObjectMeta { Name = $"{cluster}.{host}", Uid = $"uid-{cluster}-{host}", Labels = new Dictionary<string, string> { ["disk"] = "hdd", [NodeLabels.OperatingSystem] = "linux" } },
            Status = new NodeStatus { Conditions = [new Condition { Type = NodeConditions.Ready, Status = ConditionStatus.True }] },
        });
        await agent.ReportAsync(cluster, new Report { Session = "s", Sequence = 1, Full = true, Nodes = [.. nodes], Inventory = new ClusterInventory { Nodes = hosts.Length } });
        // The Cluster's becoming Ready changes how they look, and with it their revision.
        await Eventually.TrueAsync(
            async () => (await gateway.Client.FindAsync<Node>($"{cluster}.{hosts[^1]}"))?.Status.Conditions.IsTrue(NodeConditions.Ready) == true
                && (await gateway.Client.GetAsync<Cluster>(cluster)).Status.Conditions.IsTrue(ClusterConditions.Ready),
            "the machines are shown");
        return agent;
    }
}
