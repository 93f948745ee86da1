using Federation.TestKit.Dns;
using Federation.TestKit.Local;
using Federation.TestKit.Machines;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>Where clients of the sample are sent by its name.</summary>
[Collection(OneFederation.Name)]
public sealed class NameScenarios(SharedFederation shared) : SampleScenarios(shared)
{
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
        (await Federation.KubectlApplyAsync(regions)).ExitCode.ShouldBe(0);
        try
        {
            await PolicyAsync("Geo");
            await Federation.AnsweredToAsync("198.51.100.7/32", "eu-west");
            await Federation.AnsweredToAsync("203.0.113.0/24", "us-east");
            await Federation.AnsweredToAsync("192.0.2.0/24", LocalFederation.RegionNames);
            (await Federation.FedAsync("dns", "explain", LocalFederation.SampleName, "--from", "203.0.113.7")).Output.ShouldContain("us-east is the nearest region");

            // What the agents measure arrives within a minute, and decides who is near.
            await PolicyAsync("Latency");
            await Federation.AnsweredToAsync("198.51.100.7/32", "eu-west");
            await Eventually.ReadAsync(
                async () => (await Federation.FedAsync("dns", "explain", LocalFederation.SampleName, "--from", "198.51.100.7")).Output,
                text => text.Contains("From eu-west: eu-west 0 ms,") && text.Split(" ms").Length > 3 && !text.Contains("not measured"),
                "the ways from eu-west are measured", TimeSpan.FromMinutes(3));
        }
        finally
        {
            await PolicyAsync("RoundRobin");
            (await Federation.KubectlAsync("delete", "regions", "eu-west", "sa-east")).ExitCode.ShouldBe(0);
        }

        async Task PolicyAsync(string policy)
        {
            var patch = $$"""[{"op":"replace","path":"/spec/expose/0/dns/policy","value":"{{policy}}"}]""";
            var patched = await Federation.KubectlAsync("patch", "app", "web", "--type=json", "-p", patch);
            patched.ExitCode.ShouldBe(0, patched.ToString());
        }
    }

    [Fact]
    public async Task Moved_UnderLoadByName_NoRequestFails()
    {
        using var resolver = new CachingResolver(Federation.Probe, LocalFederation.SampleName, TimeSpan.FromSeconds(2));
        await using var load = new RequestLoad(async turn => new Uri($"http://{await resolver.NextAsync(turn)}:{LocalFederation.SamplePort}/"));
        await Eventually.TrueAsync(() => load.Answers.Count >= 6, "every pod answers");
        try
        {
            await RegionsAsync("""["us-east","eu-west"]""");
            await Federation.AnsweredAsync(["us-east", "eu-west"]);
            await Eventually.TrueAsync(
                async () => (await Federation.ContainersAsync()).Count == 6 && (await Federation.PodsAsync()).All(pod => pod.Metadata.Labels["federation.cluster"] != "ap-south"),
                "ap-south has let go of its pods", TimeSpan.FromMinutes(1));
            var moved = load.Succeeded;
            await Eventually.TrueAsync(() => load.Succeeded > moved + 100, "the load goes on");
        }
        finally
        {
            await load.StopAsync();
            // Nothing moves back for the sake of balance alone: pods that are made anew do.
            await RegionsAsync("[]");
            await Federation.ScaleAsync(0);
            await Federation.AnsweredAsync([]);
        }

        load.Failures.ShouldBeEmpty();

        async Task RegionsAsync(string regions)
        {
            var patched = await Federation.KubectlAsync("patch", "app", "web", "--type=merge", "-p", $$"""{"spec": {"placement": {"regions": {{regions}} } } }""");
            patched.ExitCode.ShouldBe(0, patched.ToString());
        }
    }

    [Fact]
    public async Task PodDies_LastOfItsRegion_LeavesDnsAndComesBack()
    {
        await Federation.ScaleAsync(3);
        await Federation.ConvergedAsync("web", 3);
        var victim = (await RunningAsync("eu-west", 1))[0];

        var withdrawn = Eventually.TrueAsync(
            async () => await Federation.Probe.AddressesAsync(LocalFederation.SampleName) is { Count: 2 } left && !left.Contains(Federation.Regions["eu-west"]),
            "eu-west leaves DNS", TimeSpan.FromSeconds(15));
        (await Federation.DockerAsync("kill", victim)).ExitCode.ShouldBe(0);
        await withdrawn;

        await Federation.AnsweredAsync(LocalFederation.RegionNames);
        (await RunningAsync("eu-west", 1))[0].ShouldNotBe(victim);
        (await Federation.CurlAsync("eu-west")).ShouldContain("eu-west");
    }

    /// <summary>Waits until a region runs so many containers: those that were told to stop may take a moment.</summary>
    private Task<IReadOnlyList<string>> RunningAsync(string region, int count) =>
        Eventually.ReadAsync(() => Federation.ContainersAsync(region), containers => containers.Count == count, $"{region} runs {count} containers");
}
