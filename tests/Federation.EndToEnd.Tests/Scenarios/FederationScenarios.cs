using System.Text.Json.Nodes;
using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Client;
using Federation.TestKit.Processes;
using Federation.TestKit.Local;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>The main job and its failures, on real parts.</summary>
[Collection(OneFederation.Name)]
public sealed class FederationScenarios(SharedFederation shared) : SampleScenarios(shared)
{
    [Fact]
    public async Task Up_FreshMachine_RunsSixPodsInThreeRegionsBehindDns()
    {
        var listed = await Federation.KubectlAsync("get", "apps,clusters,pods", "-A");
        listed.ExitCode.ShouldBe(0, listed.ToString());
        listed.Output.ShouldContain("app.federation/web");
        foreach (var region in LocalFederation.RegionNames)
            listed.Output.ShouldContain($"cluster.federation/{region}");

        var pods = await Federation.PodsAsync();
        pods.Count.ShouldBe(6);
        pods.ShouldAllBe(pod => pod.Status.Phase == "Running" && pod.Status.Conditions.IsTrue("Ready"));
        (await Federation.ContainersAsync()).Count.ShouldBe(6);

        foreach (var region in LocalFederation.RegionNames)
            (await Federation.CurlAsync(region)).ShouldContain(region);

        var dig = await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{Federation.Dns.Port}", LocalFederation.SampleName, "+short"]);
        dig.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ShouldBe(Federation.AllAddresses);
        var tcp = await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{Federation.Dns.Port}", "+tcp", $"web.default.svc.eu-west.fed.test", "+short"]);
        tcp.Output.Trim().ShouldBe(Federation.Regions["eu-west"]);
    }

    [Fact]
    public async Task Fed_EveryReadingCommand_AnswersForPeopleAndPrograms()
    {
        (await Federation.FedAsync("status")).Output.ShouldContain("ap-south");
        (await Federation.FedAsync("get", "apps", "-A")).Output.ShouldContain("web");
        JsonNode.Parse((await Federation.FedAsync("get", "app", "web", "-o", "json")).Output)!["metadata"]!["name"]!.GetValue<string>().ShouldBe("web");
        (await Federation.FedAsync("get", "app/web", "-o", "yaml")).Output.ShouldContain("kind: App");
        (await Federation.FedAsync("describe", "app", "web")).Output.ShouldContain("Events");
        (await Federation.FedAsync("explain", "app", "web")).Output.ShouldContain("Chosen");
        (await Federation.FedAsync("dns", "explain", LocalFederation.SampleName)).Output.ShouldContain(Federation.Regions["us-east"]);
        (await Federation.FedAsync("events")).Output.ShouldContain("web");
        var pod = (await Federation.PodsAsync())[0].Metadata.Name;
        (await Federation.FedAsync("logs", pod)).ExitCode.ShouldBe(0);
        (await Federation.KubectlAsync("logs", pod)).ExitCode.ShouldBe(0);
        (await Federation.KubectlAsync("describe", "pod", pod)).Output.ShouldContain("federation.cluster");
        (await Federation.KubectlAsync("describe", "app", "web")).Output.ShouldContain("Events");
        (await Federation.FedAsync("get", "nonsense")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task AgentKilled_NewAgent_AdoptsTheSameContainers()
    {
        // The others may stand in for it meanwhile, if the machine is slow to start the agent.
        var before = await Federation.ContainersAsync("us-east");
        await Federation.SignalAsync("agent-us-east", "KILL");
        await Federation.ReadyAsync("us-east", ConditionStatus.Unknown);
        (await Federation.ContainersAsync("us-east")).ShouldBe(before);

        await Federation.ResumeAsync();
        await Federation.ReadyAsync("us-east", ConditionStatus.True);
        await Federation.AnsweredAsync(LocalFederation.RegionNames);
        await Federation.ConvergedAsync("web", 6);
        (await Federation.ContainersAsync("us-east")).ShouldBe(before);
    }

    [Fact]
    public async Task AgentReplacedInPlace_KeepsItsProcessItsPodsAndItsPlaceInDns()
    {
        var before = await Federation.ContainersAsync("us-east");
        var pid = Federation.Pid("agent-us-east");
        var log = Path.Combine(Federation.Data, "logs", "agent-us-east.log");
        int Starts() => File.ReadLines(log).Count(line => line.Contains("what runs goes on", StringComparison.Ordinal));
        var starts = Starts();
        var readySince = await ReadySinceAsync("us-east");
        var isMissed = false;

        await Federation.SignalAsync("agent-us-east", "HUP");
        await Eventually.TrueAsync(
            async () =>
            {
                isMissed |= await Federation.Probe.AddressesAsync(LocalFederation.SampleName) is not { } answer || !answer.Contains(Federation.Regions["us-east"]);
                return Starts() == starts + 1;
            },
            "the agent starts anew");
        await Federation.ReadyAsync("us-east", ConditionStatus.True);
        // On a machine so busy that the lease ended meanwhile, the region has to leave.
        if (await ReadySinceAsync("us-east") == readySince)
            isMissed.ShouldBeFalse("the region never leaves DNS while its lease holds");
        Federation.Pid("agent-us-east").ShouldBe(pid);
        Directory.Exists($"/proc/{pid}").ShouldBeTrue();
        (await Eventually.ReadAsync(() => TryCurlAsync("us-east"), answer => answer is not null, "us-east serves"))!.ShouldContain("us-east");
        (await Federation.ContainersAsync("us-east")).ShouldBe(before);
    }

    [Fact]
    public async Task ControlPlaneKilled_WhileWriting_LosesNoAcknowledgedWriteAndRestartsNothing()
    {
        var before = await Federation.ContainersAsync();
        var acknowledged = 0;
        var writing = WriteUntilRefusedAsync(name => acknowledged = name);
        await Eventually.TrueAsync(() => acknowledged >= 20, "20 writes are acknowledged");
        await Federation.SignalAsync("control-plane", "KILL");
        await writing;
        (await Federation.ContainersAsync()).ShouldBe(before);

        await Federation.ResumeAsync();
        for (var number = 1; number <= acknowledged; number++)
            (await Federation.Client.GetAsync<Namespace>($"written-{number}")).Metadata.Name.ShouldBe($"written-{number}");
        await Federation.AnsweredAsync(LocalFederation.RegionNames);
        await Federation.ConvergedAsync("web", 6);
        (await Federation.ContainersAsync()).ShouldBe(before);

        for (var number = 1; number <= acknowledged + 1; number++)
        {
            if (await Federation.Client.FindAsync<Namespace>($"written-{number}") is not null)
                await Federation.Client.DeleteAsync<Namespace>($"written-{number}");
        }
    }

    [Fact]
    public async Task RegionStops_ItsShareMovesAndDnsLeaves_AndItIsUsedAgainWhenItReturns()
    {
        await Federation.SignalAsync("agent-ap-south", "TERM");
        await Federation.AnsweredAsync(["us-east", "eu-west"], TimeSpan.FromSeconds(5));
        foreach (var container in await Federation.ContainersAsync("ap-south"))
            await Federation.DockerAsync("rm", "-f", container);

        var moved = await Eventually.ReadAsync(
            () => Federation.AppAsync(),
            app => app.Status.Clusters.Where(share => share.Cluster != "ap-south").Sum(share => share.Ready) == 6,
            "all six pods are ready elsewhere", TimeSpan.FromSeconds(40));
        moved.Status.Clusters.Single(share => share.Cluster == "ap-south").Phase.ShouldBe(SharePhase.Away);
        moved.Status.Placement!.Failover!.Clusters.ShouldContain("ap-south");

        await Federation.ResumeAsync();
        await Federation.AnsweredAsync(LocalFederation.RegionNames);
        var back = await Federation.ConvergedAsync("web", 6);
        back.Status.Clusters.Single(share => share.Cluster == "ap-south").Replicas.ShouldBe(2);
    }

    [Fact]
    public async Task RegionCutOff_WithContainersRunning_KeepsThemWhenItReturns()
    {
        var before = await Federation.ContainersAsync("us-east");
        await Federation.SignalAsync("agent-us-east", "STOP");
        await Eventually.ReadAsync(
            () => Federation.AppAsync(),
            app => app.Status.Clusters.Any(share => share is { Cluster: "us-east", Phase: SharePhase.Away })
                && app.Status.Clusters.Where(share => share.Cluster != "us-east").Sum(share => share.Ready) == 6,
            "us-east's share is ready elsewhere", TimeSpan.FromSeconds(40));
        await Federation.SignalAsync("agent-us-east", "CONT");
        await Federation.ReadyAsync("us-east", ConditionStatus.True);
        await Federation.ConvergedAsync("web", 6);
        await Federation.AnsweredAsync(LocalFederation.RegionNames);
        (await Federation.ContainersAsync("us-east")).ShouldBe(before);
    }

    [Fact]
    public async Task ScaleImageDelete_Converges_AndLeavesNothingBehind()
    {
        await Federation.KubectlAsync("scale", "app/web", "--replicas=12");
        await Federation.ConvergedAsync("web", 12);
        await Federation.KubectlAsync("scale", "app/web", "--replicas=2");
        await Federation.ConvergedAsync("web", 2);

        var patched = await Federation.KubectlAsync(
            "patch", "app", "web", "--type=merge", "-p", """{"spec":{"replicas":6,"template":{"spec":{"containers":[{"name":"web","image":"federation/web:2","ports":[{"name":"http","containerPort":8080}]}]}}}}""");
        patched.ExitCode.ShouldBe(0, patched.ToString());
        await Federation.ConvergedAsync("web", 6);
        // The pods of the old template leave the balancing first and stop after that.
        await Eventually.ReadAsync(
            () => Federation.DockerAsync("ps", "--filter", "label=federation.cluster", "--format", "{{.Image}}"),
            running => running.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is { Length: 6 } images && images.All(image => image == "federation/web:2"),
            "all six containers are of the new image");

        var deleted = await Federation.KubectlAsync("delete", "app", "web", "--timeout=60s");
        deleted.ExitCode.ShouldBe(0, deleted.ToString());
        (await Federation.ContainersAsync(all: true)).ShouldBeEmpty();
        (await Federation.PodsAsync()).ShouldBeEmpty();
        (await Federation.Probe.AddressesAsync(LocalFederation.SampleName)).ShouldBe([]);

        var applied = await Federation.KubectlAsync("apply", "-f", Path.Combine(Programs.Root, "samples", "web", "app.yaml"));
        applied.ExitCode.ShouldBe(0, applied.ToString());
    }

    [Fact]
    public async Task Apply_ThreeMistakes_NamesAllByPathAndChangesNothing()
    {
        var before = (await Federation.AppAsync()).Metadata.ResourceVersion;
        const string Manifest = """
            apiVersion: federation/v1
            kind: App
            metadata: { name: web, namespace: default }
            spec:
              replicas: many
              colour: blue
              template:
                spec:
                  containers:
                  - { name: web, image: "federation/web:1", ports: [{ containerPort: 99999 }] }
            """;
        var refused = await Federation.KubectlApplyAsync(Manifest);
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("spec.replicas");
        refused.Error.ShouldContain("spec.colour");
        refused.Error.ShouldContain("spec.template.spec.containers[0].ports[0].containerPort");
        (await Federation.AppAsync()).Metadata.ResourceVersion.ShouldBe(before);
    }

    [Fact]
    public async Task BadImage_IsACondition_AnEventAndRecovers()
    {
        const string Manifest = """
            apiVersion: federation/v1
            kind: App
            metadata: { name: broken, namespace: default }
            spec:
              replicas: 3
              template:
                spec:
                  containers:
                  - { name: main, image: "federation/absent:1", imagePullPolicy: Never }
            """;
        (await Federation.KubectlApplyAsync(Manifest)).ExitCode.ShouldBe(0);
        await Eventually.ReadAsync(
            () => Federation.AppAsync("broken"),
            app => app.Status.Clusters.Count == 3 && app.Status.Clusters.All(share => share.Reason is not null && share.Message!.Contains("federation/absent:1", StringComparison.Ordinal)),
            "every cluster says which image is missing");
        var broken = await Federation.AppAsync("broken");
        broken.Status.Conditions.Find(AppConditions.Available)!.Status.ShouldBe(ConditionStatus.False);
        await Eventually.TrueAsync(
            async () => (await Federation.Client.ListAsync<Event>(new ListQuery { Namespace = "default" })).Items.Any(item => item.Type == "Warning" && item.Message.Contains("federation/absent:1", StringComparison.Ordinal)),
            "an event names the image");

        await Federation.DockerAsync("tag", "federation/web:1", "federation/absent:1");
        await Federation.ConvergedAsync("broken", 3, TimeSpan.FromMinutes(2));
        (await Federation.KubectlAsync("delete", "app", "broken", "--timeout=60s")).ExitCode.ShouldBe(0);
    }

    private async Task<DateTimeOffset?> ReadySinceAsync(string region) =>
        (await Federation.Client.GetAsync<Cluster>(region)).Status.Conditions.Find(ClusterConditions.Ready)?.LastTransitionTime;

    private async Task<string?> TryCurlAsync(string region)
    {
        try
        {
            return await Federation.CurlAsync(region);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Writes namespaces one by one until the gateway is gone; tells the number of the last one acknowledged.</summary>
    private async Task WriteUntilRefusedAsync(Action<int> acknowledged)
    {
        for (var number = 1; ; number++)
        {
            try
            {
                await Federation.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = $"written-{number}" } });
                acknowledged(number);
            }
            catch (Exception gone) when (gone is GatewayUnavailableException or StatusException)
            {
                return;
            }
        }
    }
}
