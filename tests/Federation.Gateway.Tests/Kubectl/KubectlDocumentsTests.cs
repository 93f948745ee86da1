namespace Federation.Gateway.Tests.Kubectl;

/// <summary>What kubectl reads about the API itself, with every version of kubectl on this machine.</summary>
public sealed class KubectlDocumentsTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    public static TheoryData<string> Programs => KubectlRunner.Programs;

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task ApiResources_AllForms_ListWhatIsServed(string program)
    {
        using var kubectl = new KubectlRunner(gateway, program);

        var wide = Rows(await kubectl.RunAsync("api-resources", "-o", "wide", "--no-headers"));

        wide.ShouldContain("apps federation/v1 true App create,delete,deletecollection,get,list,patch,update,watch all");
        wide.ShouldContain("clusters cl federation/v1 false Cluster create,delete,deletecollection,get,list,patch,update,watch all");
        wide.ShouldContain("pods po v1 true Pod delete,get,list,watch all");
        wide.ShouldContain("nodes no v1 false Node get,list,patch,update,watch");
        wide.ShouldContain("services svc v1 true Service list");
        wide.ShouldContain("selfsubjectaccessreviews authorization.k8s.io/v1 false SelfSubjectAccessReview create");
        (await kubectl.RunAsync("api-resources", "--api-group=federation", "--namespaced=true", "-o", "name")).ShouldBe("apps.federation\ndaemons.federation\njobs.federation\npetsets.federation\npetsnapshots.federation\n");
        (await kubectl.RunAsync("api-versions")).Split('\n').ShouldContain("federation/v1");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task ClusterInfo_Works(string program)
    {
        using var kubectl = new KubectlRunner(gateway, program);

        (await kubectl.RunAsync("cluster-info")).ShouldContain($"{gateway.Client.Options.Server.GetLeftPart(UriPartial.Authority)}", customMessage: program);
        (await kubectl.RunAsync("get", "--raw", "/readyz?verbose")).ShouldEndWith("readyz check passed\n");
        (await kubectl.RunAsync("get", "--raw", "/livez")).ShouldBe("ok");
        (await kubectl.RunAsync("version", "-o", "json")).ShouldContain("\"minor\": \"32\"");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Explain_ReadsWell(string program)
    {
        using var kubectl = new KubectlRunner(gateway, program);

        var placement = await kubectl.RunAsync("explain", "app.spec.placement", "--recursive");
        foreach (var field in (string[])["clusters", "matchExpressions", "operator", "divide", "weights", "failover", "after", "regions", "spread", "min", "by"])
            placement.ShouldMatch($"(?m)^ +{field}\t", program);
        placement.ShouldContain("Which clusters may run the app, and how its replicas divide over them.");
        var probe = await kubectl.RunAsync("explain", "app.spec.template.spec.containers.readinessProbe");
        Words(probe).ShouldContain("Exactly one of httpGet, tcpSocket and exec is set.");
        Words(probe).ShouldContain("periodSeconds <integer> Defaulted to 10.");
        Words(await kubectl.RunAsync("explain", "pods")).ShouldContain("status <PodStatus>");
        Words(await kubectl.RunAsync("explain", "app.spec.placement.divide.mode")).ShouldContain("Replicas divide in proportion to free capacity.");
        Words(await kubectl.RunAsync("explain", "ns.metadata.labels")).ShouldContain("Short values to select objects by.");
        foreach (var field in (string[])["app", "app.spec", "app.status.clusters", "cluster.spec", "cm", "secret", "events", "pods.status.containerStatuses"])
            (await kubectl.RunAsync("explain", field)).ShouldNotContain("<no description>", customMessage: field);
        Words(await kubectl.RunAsync("explain", "app", "--output", "plaintext-openapiv2")).ShouldContain("A stateless replicated app, global");
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string[] Rows(string table) =>
        [.. table.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
}
