using Federation.Api.Meta;
using Federation.TestKit.Dns;
using Federation.TestKit.Local;
using Federation.TestKit.Machines;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Machines;

/// <summary>One region of three machines for all scenarios of this class.</summary>
public sealed class SharedRegion : IAsyncLifetime
{
    public MachineRegion Region { get; private set; } = null!;

    public async Task InitializeAsync() => Region = await MachineRegion.UpAsync();

    public async Task DisposeAsync()
    {
        if (Region is not null)
            await Region.DisposeAsync();
    }
}

/// <summary>A region of three machines, each with an engine of its own, and what may happen to them. Each scenario starts and ends with six pods, two on each machine.</summary>
public sealed class MachineScenarios(SharedRegion shared) : IClassFixture<SharedRegion>, IAsyncLifetime
{
    private const int Port = 8080;

    private const string Manifest = """
        apiVersion: federation/v1
        kind: App
        metadata: { name: web, namespace: default }
        spec:
          replicas: 6
          template:
            spec:
              terminationGracePeriodSeconds: 5
              containers:
              - name: web
                image: federation/web:1
                ports: [{ name: http, containerPort: 8080 }]
                resources: { requests: { cpu: 20m, memory: 8Mi }, limits: { memory: 32Mi } }
                readinessProbe: { httpGet: { path: /healthz, port: http }, periodSeconds: 1 }
          expose:
          - { name: http, port: 8080, targetPort: http, dns: { ttl: 5 } }
        """;

    private static readonly TimeSpan FailoverDeadline = TimeSpan.FromSeconds(60);

    private readonly MachineRegion _region = shared.Region;

    private Machine Last => _region.Machines[2];

    public async Task InitializeAsync()
    {
        // A scenario that failed leaves no other one behind in its ruins.
        foreach (var machine in _region.Machines)
        {
            await machine.PlugInAsync();
            if (machine.Agent is not { IsRunning: true })
                await _region.StartNodeAgentAsync(machine);
            await _region.NodeReadyAsync(machine, ConditionStatus.True);
            await _region.KubectlAsync("uncordon", MachineRegion.NodeName(machine));
        }

        await _region.ApplyAsync(Manifest);
        await _region.ConvergedAsync("web", 6);
        if ((await ContainersAsync()).Values.Any(ids => ids.Count != 2))
            await SpreadAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task EveryMachine_ServesTheAppOnItsAddress_FromAllPodsOfTheRegion()
    {
        await using var load = new RequestLoad(Targets(_region.Machines));
        await Eventually.TrueAsync(() => load.Answers.Count >= 6 && load.Succeeded >= 200, "all six pods answer", FailoverDeadline, () => string.Join('\n', load.Answers));
        await load.StopAsync();
        load.Failures.ShouldBeEmpty(_region.Logs());

        var listed = await _region.KubectlAsync("get", "nodes");
        foreach (var machine in _region.Machines)
            listed.Output.ShouldContain(MachineRegion.NodeName(machine));
        (await _region.PodsAsync()).Select(pod => pod.Spec.NodeName).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task Streams_OfAPodOnAnotherMachineThanTheClusterAgent_GoThroughThatAgent()
    {
        var pod = (await _region.PodsAsync()).First(pod => pod.Spec.NodeName == MachineRegion.NodeName(Last)).Metadata.Name;
        var logs = await _region.KubectlAsync("logs", pod);
        logs.ExitCode.ShouldBe(0, logs.ToString());

        var failed = await _region.KubectlAsync("exec", pod, "--", "sh", "-c", "hostname; echo no >&2; exit 7");
        (failed.ExitCode, failed.Output, failed.Error).ShouldBe((7, $"{pod}\n", "no\ncommand terminated with exit code 7\n"));
        var counted = await _region.KubectlAsync(["exec", "-i", pod, "--", "wc", "-c"], input: new string('x', 3_000_000));
        (counted.ExitCode, counted.Output.Trim()).ShouldBe((0, "3000000"), counted.ToString());

        await using var forward = await PortForward.StartAsync("kubectl", ["--kubeconfig", _region.Kubeconfig, "port-forward", $"pod/{pod}", $":{Port}"], ports: 1);
        using var http = new HttpClient();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => http.GetStringAsync(new Uri($"http://127.0.0.1:{forward.Ports[Port]}/"))));
        answers.ShouldAllBe(answer => answer.Contains(pod));
    }

    [Fact]
    public async Task MachineLost_ItsPodsRunElsewhere_AndItsReturnStopsTheSurplus()
    {
        await Last.LoseAsync();
        await LostAndFoundAsync(sees: () => _region.ConvergedAsync("web", 6, FailoverDeadline));
    }

    [Fact]
    public async Task ControlPlaneCutOff_ForTheWholeTime_TheRegionReschedulesAndServesByItself()
    {
        foreach (var machine in _region.Machines)
            await machine.SetControlPlaneReachableAsync(false);
        await _region.ClusterReadyAsync(ConditionStatus.Unknown);
        await using var load = new RequestLoad(Targets([_region.Machines[0]]));

        await Last.LoseAsync();
        await Eventually.TrueAsync(
            async () => (await _region.Machines[0].ContainersAsync()).Count + (await _region.Machines[1].ContainersAsync()).Count == 6,
            "six pods run on the two machines that are left", FailoverDeadline, _region.Logs);
        var served = load.Succeeded;
        await Eventually.TrueAsync(() => load.Succeeded > served + 100, "the machines that are left serve");

        // A change made meanwhile arrives with the link.
        (await _region.KubectlAsync("scale", "app/web", "--replicas=4")).ExitCode.ShouldBe(0);
        await load.StopAsync();
        foreach (var machine in _region.Machines)
            await machine.SetControlPlaneReachableAsync(true);
        await _region.ClusterReadyAsync(ConditionStatus.True);
        await _region.ConvergedAsync("web", 4, FailoverDeadline);
        (await _region.KubectlAsync("scale", "app/web", "--replicas=6")).ExitCode.ShouldBe(0);
        await LostAndFoundAsync(sees: () => _region.ConvergedAsync("web", 6, FailoverDeadline));
    }

    [Fact]
    public async Task ClusterAgentKilled_PodsRunOn_AndANewOneAdoptsThem()
    {
        var before = await ContainersAsync();
        await using var load = new RequestLoad(Targets(_region.Machines));
        await _region.ClusterAgent.KillAsync();
        await _region.ClusterReadyAsync(ConditionStatus.Unknown);

        // Nobody stands above the nodes, and each looks after its own.
        var victim = before[Last][0];
        await Last.DockerAsync("kill", victim);
        await Eventually.TrueAsync(async () => (await Last.ContainersAsync()) is { Count: 2 } now && !now.Contains(victim), "the node restarts its pod", seen: () => $"{victim}\n{_region.Logs()}");

        before = await ContainersAsync();
        await _region.StartClusterAgentAsync();
        await _region.ClusterReadyAsync(ConditionStatus.True);
        await _region.ConvergedAsync("web", 6);
        (await ContainersAsync()).Values.SelectMany(ids => ids).ShouldBe(before.Values.SelectMany(ids => ids));
    }

    [Fact]
    public async Task Drain_MovesPodsAndClientsAway_WithoutOneFailedRequest()
    {
        using var resolver = new CachingResolver(_region.Probe, "web.default.svc.fed.test", TimeSpan.FromSeconds(2));
        await using var load = new RequestLoad(async turn => new Uri($"http://{await resolver.NextAsync(turn)}:{Port}/"));
        await Eventually.TrueAsync(() => load.Answers.Count >= 6 && load.Succeeded > 100, "the load runs");
        await Eventually.TrueAsync(async () => (await _region.Probe.AddressesAsync("web.default.svc.fed.test"))?.Contains(Last.Address) == true, "DNS answers with the machine");

        var drained = await _region.FedAsync("drain", MachineRegion.NodeName(Last), "--timeout", "90s");
        drained.ExitCode.ShouldBe(0, drained.ToString());
        drained.Output.ShouldContain($"DNS does not answer with {Last.Address} any more");
        (await Last.ContainersAsync()).ShouldBeEmpty();
        await _region.ConvergedAsync("web", 6);

        // Nobody needs the machine any more, and nobody asks for it.
        await Last.UnplugAsync();
        var during = load.Succeeded;
        await Eventually.TrueAsync(() => load.Succeeded > during + 100, "the load goes on without the machine");
        await Last.PlugInAsync();
        await _region.NodeReadyAsync(Last, ConditionStatus.True);

        during = load.Succeeded;
        (await _region.FedAsync("uncordon", MachineRegion.NodeName(Last))).ExitCode.ShouldBe(0);
        await SpreadAsync();
        await Eventually.TrueAsync(() => load.Succeeded > during + 100, "the load goes on");
        await load.StopAsync();
        load.Failures.ShouldBeEmpty(_region.Logs());
    }

    [Fact]
    public async Task ScaleDownAndUp_AgainAndAgain_WithoutOneFailedRequest()
    {
        await using var load = new RequestLoad(Targets([_region.Machines[0], _region.Machines[1]]));
        for (var round = 0; round < 3; round++)
        {
            await ScaleAsync(1);
            await ScaleAsync(6);
        }

        await load.StopAsync();
        load.Failures.ShouldBeEmpty(_region.Logs());
    }

    [Fact]
    public async Task KubectlDrain_MovesThePods_WithoutOneFailedRequest()
    {
        await using var load = new RequestLoad(Targets([_region.Machines[0], _region.Machines[1]]));
        await Eventually.TrueAsync(() => load.Succeeded > 100, "the load runs");

        var drained = await _region.KubectlAsync("drain", MachineRegion.NodeName(Last), "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=90s");
        drained.ExitCode.ShouldBe(0, drained.ToString());
        await Eventually.TrueAsync(async () => (await Last.ContainersAsync()).Count == 0, "the machine is empty");
        await _region.ConvergedAsync("web", 6);

        (await _region.KubectlAsync("uncordon", MachineRegion.NodeName(Last))).ExitCode.ShouldBe(0);
        await load.StopAsync();
        load.Failures.ShouldBeEmpty(_region.Logs());
        await SpreadAsync();
    }

    [Fact]
    public async Task EveryAgentKilledUnderLoad_NoRequestFails_AndTheSameContainersAreAdopted()
    {
        var before = await ContainersAsync();
        await using var load = new RequestLoad(Targets(_region.Machines), clients: 8);
        await Eventually.TrueAsync(() => load.Succeeded > 200, "the load runs");

        await _region.ClusterAgent.KillAsync();
        foreach (var machine in _region.Machines)
            await machine.Agent!.KillAsync();
        var killed = load.Succeeded;
        await Eventually.TrueAsync(() => load.Succeeded > killed + 500, "the kernel goes on serving");

        // The cluster agent comes last: a machine whose agent takes long to start would count as lost.
        await Task.WhenAll(_region.Machines.Select(machine => _region.StartNodeAgentAsync(machine)));
        await _region.StartClusterAgentAsync();
        await _region.ClusterReadyAsync(ConditionStatus.True);
        await _region.ConvergedAsync("web", 6);
        await load.StopAsync();
        load.Failures.ShouldBeEmpty(_region.Logs());
        (await ContainersAsync()).Values.SelectMany(ids => ids).ShouldBe(before.Values.SelectMany(ids => ids));
    }

    [Fact]
    public async Task NodeAgentUpgraded_UnderLoad_NoRequestFails_AndItsContainersAreUntouched()
    {
        var versions = Directory.CreateTempSubdirectory("fedversions").FullName;
        var current = Path.Combine(versions, "current");
        var (first, second) = (CopyOfTheAgent(versions, "1"), CopyOfTheAgent(versions, "2"));
        Directory.CreateSymbolicLink(current, first);
        await Last.Agent!.KillAsync();
        await _region.StartNodeAgentAsync(Last, Path.Combine(current, "federation-agent.dll"));
        await _region.NodeReadyAsync(Last, ConditionStatus.True);
        var before = await Last.ContainersAsync();
        await using var load = new RequestLoad(Targets(_region.Machines), clients: 8);
        await Eventually.TrueAsync(() => load.Succeeded > 200, "the load runs");

        Directory.CreateSymbolicLink($"{current}.new", second);
        (await Command.RunAsync("mv", ["-T", $"{current}.new", current])).ExitCode.ShouldBe(0);
        await Last.Agent!.SignalAsync("HUP");
        await Eventually.TrueAsync(
            () => File.ReadAllText($"/proc/{Last.Agent.Id}/maps").Contains(second, StringComparison.Ordinal), "the process is the new version", seen: () => Last.Agent.LogTail());
        var upgraded = load.Succeeded;
        await _region.NodeReadyAsync(Last, ConditionStatus.True);
        await Eventually.TrueAsync(() => load.Succeeded > upgraded + 200, "the load goes on");
        await load.StopAsync();
        load.Failures.ShouldBeEmpty(_region.Logs());
        (await Last.ContainersAsync()).ShouldBe(before);
        Directory.Delete(versions, recursive: true);
    }

    /// <summary>The last machine is lost: its pods run on the others; it returns, and what it still ran is surplus, and stops by an order.</summary>
    private async Task LostAndFoundAsync(Func<Task> sees)
    {
        await _region.NodeReadyAsync(Last, ConditionStatus.Unknown, FailoverDeadline);
        await Eventually.TrueAsync(
            async () => (await _region.PodsAsync()).Count(pod => pod.Spec.NodeName != MachineRegion.NodeName(Last) && pod.Status.Conditions.IsTrue("Ready")) == 6,
            "six pods are ready on the two machines that are left", FailoverDeadline, _region.Logs);
        (await Last.ContainersAsync()).Count.ShouldBe(2);

        await Last.PlugInAsync();
        await _region.StartNodeAgentAsync(Last);
        await _region.NodeReadyAsync(Last, ConditionStatus.True);
        await Eventually.TrueAsync(
            async () => (await ContainersAsync()).Values.Sum(ids => ids.Count) == 6, "the surplus is stopped", FailoverDeadline, _region.Logs);
        await sees();
        await SpreadAsync();
    }

    /// <summary>
    /// Pods that are made anew spread over all machines again: nothing moves only for the sake of balance, and a machine that came back must have stayed
    /// for a while before it is given anything.
    /// </summary>
    private Task SpreadAsync() => Eventually.TrueAsync(
        async () =>
        {
            await ScaleAsync(1);
            await ScaleAsync(6);
            return (await ContainersAsync()).Values.All(ids => ids.Count == 2);
        },
        "six new pods spread over three machines", FailoverDeadline, _region.Logs);

    private async Task ScaleAsync(int replicas)
    {
        await _region.KubectlAsync("scale", "app/web", $"--replicas={replicas}");
        await _region.ConvergedAsync("web", replicas);
        await Eventually.TrueAsync(async () => (await ContainersAsync()).Values.Sum(ids => ids.Count) == replicas, $"{replicas} containers run");
    }

    private async Task<Dictionary<Machine, IReadOnlyList<string>>> ContainersAsync()
    {
        var containers = new Dictionary<Machine, IReadOnlyList<string>>();
        foreach (var machine in _region.Machines)
            containers[machine] = await machine.ContainersAsync();
        return containers;
    }

    private static string CopyOfTheAgent(string directory, string version)
    {
        var copy = Directory.CreateDirectory(Path.Combine(directory, version)).FullName;
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Programs.Agent)!))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private static List<Uri> Targets(IEnumerable<Machine> machines) => [.. machines.Select(machine => new Uri($"http://{machine.Address}:{Port}/"))];
}
