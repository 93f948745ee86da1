using System.Text.Json.Nodes;
using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Client;
using Federation.TestKit.Dns;
using Federation.TestKit.Machines;
using Federation.TestKit.Processes;
using Federation.TestKit.Local;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>One federation for all scenarios of this class.</summary>
public sealed class SharedFederation : IAsyncLifetime
{
    public LocalFederation Federation { get; private set; } = null!;

    public async Task InitializeAsync() => Federation = await LocalFederation.UpAsync();

    public async Task DisposeAsync() => await Federation.DisposeAsync();
}

/// <summary>The main job and its failures, on real parts. Each scenario starts and ends with the sample converged in three Ready regions.</summary>
public sealed class FederationScenarios(SharedFederation shared) : IClassFixture<SharedFederation>, IAsyncLifetime
{
    private readonly LocalFederation _federation = shared.Federation;

    public async Task InitializeAsync()
    {
        await _federation.ResumeAsync();
        await _federation.ScaleAsync(6);
        foreach (var region in LocalFederation.RegionNames)
            await _federation.ReadyAsync(region, ConditionStatus.True);
        await _federation.ConvergedAsync("web", 6);
        await _federation.AnsweredAsync(LocalFederation.RegionNames);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Up_FreshMachine_RunsSixPodsInThreeRegionsBehindDns()
    {
        var listed = await _federation.KubectlAsync("get", "apps,clusters,pods", "-A");
        listed.ExitCode.ShouldBe(0, listed.ToString());
        listed.Output.ShouldContain("app.federation/web");
        foreach (var region in LocalFederation.RegionNames)
            listed.Output.ShouldContain($"cluster.federation/{region}");

        var pods = await _federation.PodsAsync();
        pods.Count.ShouldBe(6);
        pods.ShouldAllBe(pod => pod.Status.Phase == "Running" && pod.Status.Conditions.IsTrue("Ready"));
        (await _federation.ContainersAsync()).Count.ShouldBe(6);

        foreach (var region in LocalFederation.RegionNames)
            (await _federation.CurlAsync(region)).ShouldContain(region);

        var dig = await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{_federation.Dns.Port}", LocalFederation.SampleName, "+short"]);
        dig.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ShouldBe(_federation.AllAddresses);
        var tcp = await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{_federation.Dns.Port}", "+tcp", $"web.default.svc.eu-west.fed.test", "+short"]);
        tcp.Output.Trim().ShouldBe(_federation.Regions["eu-west"]);
    }

    [Fact]
    public async Task Fed_EveryReadingCommand_AnswersForPeopleAndPrograms()
    {
        (await _federation.FedAsync("status")).Output.ShouldContain("ap-south");
        (await _federation.FedAsync("get", "apps", "-A")).Output.ShouldContain("web");
        JsonNode.Parse((await _federation.FedAsync("get", "app", "web", "-o", "json")).Output)!["metadata"]!["name"]!.GetValue<string>().ShouldBe("web");
        (await _federation.FedAsync("get", "app/web", "-o", "yaml")).Output.ShouldContain("kind: App");
        (await _federation.FedAsync("describe", "app", "web")).Output.ShouldContain("Events");
        (await _federation.FedAsync("explain", "app", "web")).Output.ShouldContain("Chosen");
        (await _federation.FedAsync("dns", "explain", LocalFederation.SampleName)).Output.ShouldContain(_federation.Regions["us-east"]);
        (await _federation.FedAsync("events")).Output.ShouldContain("web");
        var pod = (await _federation.PodsAsync())[0].Metadata.Name;
        (await _federation.FedAsync("logs", pod)).ExitCode.ShouldBe(0);
        (await _federation.KubectlAsync("logs", pod)).ExitCode.ShouldBe(0);
        (await _federation.KubectlAsync("describe", "pod", pod)).Output.ShouldContain("federation.cluster");
        (await _federation.KubectlAsync("describe", "app", "web")).Output.ShouldContain("Events");
        (await _federation.FedAsync("get", "nonsense")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Dns_GeoAndLatency_ClientsGetTheirRegionAsTheirSubnetSays()
    {
        const string regions = """
            apiVersion: federation/v1
            kind: Region
            metadata: { name: eu-west }
            spec: { clientNetworks: [198.51.100.0/24], nearest: [ap-south] }
            ---
            apiVersion: federation/v1
            kind: Region
            metadata: { name: sa-east }
            spec: { clientNetworks: [203.0.113.0/24], nearest: [us-east] }
            """;
        (await _federation.KubectlApplyAsync(regions)).ExitCode.ShouldBe(0);
        try
        {
            await PolicyAsync("Geo");
            await _federation.AnsweredToAsync("198.51.100.7/32", "eu-west");
            await _federation.AnsweredToAsync("203.0.113.0/24", "us-east");
            await _federation.AnsweredToAsync("192.0.2.0/24", LocalFederation.RegionNames);
            (await _federation.FedAsync("dns", "explain", LocalFederation.SampleName, "--from", "203.0.113.7")).Output.ShouldContain("us-east is the nearest region");

            // What the agents measure arrives within a minute, and decides who is near.
            await PolicyAsync("Latency");
            await _federation.AnsweredToAsync("198.51.100.7/32", "eu-west");
            await Eventually.ReadAsync(
                async () => (await _federation.FedAsync("dns", "explain", LocalFederation.SampleName, "--from", "198.51.100.7")).Output,
                text => text.Contains("From eu-west: eu-west 0 ms,") && text.Split(" ms").Length > 3 && !text.Contains("not measured"),
                "the ways from eu-west are measured", TimeSpan.FromMinutes(3));
        }
        finally
        {
            await PolicyAsync("RoundRobin");
            (await _federation.KubectlAsync("delete", "regions", "eu-west", "sa-east")).ExitCode.ShouldBe(0);
        }

        async Task PolicyAsync(string policy)
        {
            var patch = $$"""[{"op":"replace","path":"/spec/expose/0/dns/policy","value":"{{policy}}"}]""";
            var patched = await _federation.KubectlAsync("patch", "app", "web", "--type=json", "-p", patch);
            patched.ExitCode.ShouldBe(0, patched.ToString());
        }
    }

    [Fact]
    public async Task Moved_UnderLoadByName_NoRequestFails()
    {
        using var resolver = new CachingResolver(_federation.Probe, LocalFederation.SampleName, TimeSpan.FromSeconds(2));
        await using var load = new RequestLoad(async turn => new Uri($"http://{await resolver.NextAsync(turn)}:{LocalFederation.SamplePort}/"));
        await Eventually.TrueAsync(() => load.Answers.Count >= 6, "every pod answers");
        try
        {
            await RegionsAsync("""["us-east","eu-west"]""");
            await _federation.AnsweredAsync(["us-east", "eu-west"]);
            await Eventually.TrueAsync(
                async () => (await _federation.ContainersAsync()).Count == 6 && (await _federation.PodsAsync()).All(pod => pod.Metadata.Labels["federation.cluster"] != "ap-south"),
                "ap-south has let go of its pods", TimeSpan.FromMinutes(1));
            var moved = load.Succeeded;
            await Eventually.TrueAsync(() => load.Succeeded > moved + 100, "the load goes on");
        }
        finally
        {
            await load.StopAsync();
            // Nothing moves back for the sake of balance alone: pods that are made anew do.
            await RegionsAsync("[]");
            await _federation.ScaleAsync(0);
            await _federation.AnsweredAsync([]);
        }

        load.Failures.ShouldBeEmpty();

        async Task RegionsAsync(string regions)
        {
            var patched = await _federation.KubectlAsync("patch", "app", "web", "--type=merge", "-p", $$"""{"spec": {"placement": {"regions": {{regions}} } } }""");
            patched.ExitCode.ShouldBe(0, patched.ToString());
        }
    }

    [Fact]
    public async Task PodDies_LastOfItsRegion_LeavesDnsAndComesBack()
    {
        await _federation.ScaleAsync(3);
        await _federation.ConvergedAsync("web", 3);
        var victim = (await RunningAsync("eu-west", 1))[0];

        var withdrawn = Eventually.TrueAsync(
            async () => await _federation.Probe.AddressesAsync(LocalFederation.SampleName) is { Count: 2 } left && !left.Contains(_federation.Regions["eu-west"]),
            "eu-west leaves DNS", TimeSpan.FromSeconds(15));
        (await _federation.DockerAsync("kill", victim)).ExitCode.ShouldBe(0);
        await withdrawn;

        await _federation.AnsweredAsync(LocalFederation.RegionNames);
        (await RunningAsync("eu-west", 1))[0].ShouldNotBe(victim);
        (await _federation.CurlAsync("eu-west")).ShouldContain("eu-west");
    }

    [Fact]
    public async Task AgentKilled_NewAgent_AdoptsTheSameContainers()
    {
        // The others may stand in for it meanwhile, if the machine is slow to start the agent.
        var before = await _federation.ContainersAsync("us-east");
        await _federation.SignalAsync("agent-us-east", "KILL");
        await _federation.ReadyAsync("us-east", ConditionStatus.Unknown);
        (await _federation.ContainersAsync("us-east")).ShouldBe(before);

        await _federation.ResumeAsync();
        await _federation.ReadyAsync("us-east", ConditionStatus.True);
        await _federation.AnsweredAsync(LocalFederation.RegionNames);
        await _federation.ConvergedAsync("web", 6);
        (await _federation.ContainersAsync("us-east")).ShouldBe(before);
    }

    [Fact]
    public async Task AgentReplacedInPlace_KeepsItsProcessItsPodsAndItsPlaceInDns()
    {
        var before = await _federation.ContainersAsync("us-east");
        var pid = _federation.Pid("agent-us-east");
        var log = Path.Combine(_federation.Data, "logs", "agent-us-east.log");
        int Starts() => File.ReadLines(log).Count(line => line.Contains("what runs goes on", StringComparison.Ordinal));
        var starts = Starts();
        var readySince = await ReadySinceAsync("us-east");
        var isMissed = false;

        await _federation.SignalAsync("agent-us-east", "HUP");
        await Eventually.TrueAsync(
            async () =>
            {
                isMissed |= await _federation.Probe.AddressesAsync(LocalFederation.SampleName) is not { } answer || !answer.Contains(_federation.Regions["us-east"]);
                return Starts() == starts + 1;
            },
            "the agent starts anew");
        await _federation.ReadyAsync("us-east", ConditionStatus.True);
        // On a machine so busy that the lease ended meanwhile, the region has to leave.
        if (await ReadySinceAsync("us-east") == readySince)
            isMissed.ShouldBeFalse("the region never leaves DNS while its lease holds");
        _federation.Pid("agent-us-east").ShouldBe(pid);
        Directory.Exists($"/proc/{pid}").ShouldBeTrue();
        (await Eventually.ReadAsync(() => TryCurlAsync("us-east"), answer => answer is not null, "us-east serves"))!.ShouldContain("us-east");
        (await _federation.ContainersAsync("us-east")).ShouldBe(before);
    }

    [Fact]
    public async Task ControlPlaneKilled_WhileWriting_LosesNoAcknowledgedWriteAndRestartsNothing()
    {
        var before = await _federation.ContainersAsync();
        var acknowledged = 0;
        var writing = WriteUntilRefusedAsync(name => acknowledged = name);
        await Eventually.TrueAsync(() => acknowledged >= 20, "20 writes are acknowledged");
        await _federation.SignalAsync("control-plane", "KILL");
        await writing;
        (await _federation.ContainersAsync()).ShouldBe(before);

        await _federation.ResumeAsync();
        for (var number = 1; number <= acknowledged; number++)
            (await _federation.Client.GetAsync<Namespace>($"written-{number}")).Metadata.Name.ShouldBe($"written-{number}");
        await _federation.AnsweredAsync(LocalFederation.RegionNames);
        await _federation.ConvergedAsync("web", 6);
        (await _federation.ContainersAsync()).ShouldBe(before);

        for (var number = 1; number <= acknowledged + 1; number++)
        {
            if (await _federation.Client.FindAsync<Namespace>($"written-{number}") is not null)
                await _federation.Client.DeleteAsync<Namespace>($"written-{number}");
        }
    }

    [Fact]
    public async Task RegionStops_ItsShareMovesAndDnsLeaves_AndItIsUsedAgainWhenItReturns()
    {
        await _federation.SignalAsync("agent-ap-south", "TERM");
        await _federation.AnsweredAsync(["us-east", "eu-west"], TimeSpan.FromSeconds(5));
        foreach (var container in await _federation.ContainersAsync("ap-south"))
            await _federation.DockerAsync("rm", "-f", container);

        var moved = await Eventually.ReadAsync(
            () => _federation.AppAsync(),
            app => app.Status.Clusters.Where(share => share.Cluster != "ap-south").Sum(share => share.Ready) == 6,
            "all six pods are ready elsewhere", TimeSpan.FromSeconds(40));
        moved.Status.Clusters.Single(share => share.Cluster == "ap-south").Phase.ShouldBe(SharePhase.Away);
        moved.Status.Placement!.Failover!.Clusters.ShouldContain("ap-south");

        await _federation.ResumeAsync();
        await _federation.AnsweredAsync(LocalFederation.RegionNames);
        var back = await _federation.ConvergedAsync("web", 6);
        back.Status.Clusters.Single(share => share.Cluster == "ap-south").Replicas.ShouldBe(2);
    }

    [Fact]
    public async Task RegionCutOff_WithContainersRunning_KeepsThemWhenItReturns()
    {
        var before = await _federation.ContainersAsync("us-east");
        await _federation.SignalAsync("agent-us-east", "STOP");
        await Eventually.ReadAsync(
            () => _federation.AppAsync(),
            app => app.Status.Clusters.Any(share => share is { Cluster: "us-east", Phase: SharePhase.Away })
                && app.Status.Clusters.Where(share => share.Cluster != "us-east").Sum(share => share.Ready) == 6,
            "us-east's share is ready elsewhere", TimeSpan.FromSeconds(40));
        await _federation.SignalAsync("agent-us-east", "CONT");
        await _federation.ReadyAsync("us-east", ConditionStatus.True);
        await _federation.ConvergedAsync("web", 6);
        await _federation.AnsweredAsync(LocalFederation.RegionNames);
        (await _federation.ContainersAsync("us-east")).ShouldBe(before);
    }

    [Fact]
    public async Task ScaleImageDelete_Converges_AndLeavesNothingBehind()
    {
        await _federation.KubectlAsync("scale", "app/web", "--replicas=12");
        await _federation.ConvergedAsync("web", 12);
        await _federation.KubectlAsync("scale", "app/web", "--replicas=2");
        await _federation.ConvergedAsync("web", 2);

        var patched = await _federation.KubectlAsync(
            "patch", "app", "web", "--type=merge", "-p", """{"spec":{"replicas":6,"template":{"spec":{"containers":[{"name":"web","image":"federation/web:2","ports":[{"name":"http","containerPort":8080}]}]}}}}""");
        patched.ExitCode.ShouldBe(0, patched.ToString());
        await _federation.ConvergedAsync("web", 6);
        // The pods of the old template leave the balancing first and stop after that.
        await Eventually.ReadAsync(
            () => _federation.DockerAsync("ps", "--filter", "label=federation.cluster", "--format", "{{.Image}}"),
            running => running.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is { Length: 6 } images && images.All(image => image == "federation/web:2"),
            "all six containers are of the new image");

        var deleted = await _federation.KubectlAsync("delete", "app", "web", "--timeout=60s");
        deleted.ExitCode.ShouldBe(0, deleted.ToString());
        (await _federation.ContainersAsync(all: true)).ShouldBeEmpty();
        (await _federation.PodsAsync()).ShouldBeEmpty();
        (await _federation.Probe.AddressesAsync(LocalFederation.SampleName)).ShouldBe([]);

        var applied = await _federation.KubectlAsync("apply", "-f", Path.Combine(Programs.Root, "samples", "web", "app.yaml"));
        applied.ExitCode.ShouldBe(0, applied.ToString());
    }

    [Fact]
    public async Task Apply_ThreeMistakes_NamesAllByPathAndChangesNothing()
    {
        var before = (await _federation.AppAsync()).Metadata.ResourceVersion;
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
        var refused = await _federation.KubectlApplyAsync(Manifest);
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("spec.replicas");
        refused.Error.ShouldContain("spec.colour");
        refused.Error.ShouldContain("spec.template.spec.containers[0].ports[0].containerPort");
        (await _federation.AppAsync()).Metadata.ResourceVersion.ShouldBe(before);
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
        (await _federation.KubectlApplyAsync(Manifest)).ExitCode.ShouldBe(0);
        await Eventually.ReadAsync(
            () => _federation.AppAsync("broken"),
            app => app.Status.Clusters.Count == 3 && app.Status.Clusters.All(share => share.Reason is not null && share.Message!.Contains("federation/absent:1", StringComparison.Ordinal)),
            "every cluster says which image is missing");
        var broken = await _federation.AppAsync("broken");
        broken.Status.Conditions.Find(AppConditions.Available)!.Status.ShouldBe(ConditionStatus.False);
        await Eventually.TrueAsync(
            async () => (await _federation.Client.ListAsync<Event>(new ListQuery { Namespace = "default" })).Items.Any(item => item.Type == "Warning" && item.Message.Contains("federation/absent:1", StringComparison.Ordinal)),
            "an event names the image");

        await _federation.DockerAsync("tag", "federation/web:1", "federation/absent:1");
        await _federation.ConvergedAsync("broken", 3, TimeSpan.FromMinutes(2));
        (await _federation.KubectlAsync("delete", "app", "broken", "--timeout=60s")).ExitCode.ShouldBe(0);
    }

    private async Task<DateTimeOffset?> ReadySinceAsync(string region) =>
        (await _federation.Client.GetAsync<Cluster>(region)).Status.Conditions.Find(ClusterConditions.Ready)?.LastTransitionTime;

    private async Task<string?> TryCurlAsync(string region)
    {
        try
        {
            return await _federation.CurlAsync(region);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Waits until a region runs so many containers: those that were told to stop may take a moment.</summary>
    private Task<IReadOnlyList<string>> RunningAsync(string region, int count) =>
        Eventually.ReadAsync(() => _federation.ContainersAsync(region), containers => containers.Count == count, $"{region} runs {count} containers");

    /// <summary>Writes namespaces one by one until the gateway is gone; tells the number of the last one acknowledged.</summary>
    private async Task WriteUntilRefusedAsync(Action<int> acknowledged)
    {
        for (var number = 1; ; number++)
        {
            try
            {
                await _federation.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = $"written-{number}" } });
                acknowledged(number);
            }
            catch (Exception gone) when (gone is GatewayUnavailableException or StatusException)
            {
                return;
            }
        }
    }
}
