using System.Globalization;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.TestKit.Docker;
using Federation.TestKit.Machines;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Pets.Watching;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Runtime.Docker;
using Xunit.Abstractions;

namespace MemberCluster.Agent.Tests.Pets;

/// <summary>
/// A node agent, its watchdog, an engine and a pet that is deaf to the stop signal, each a process of its own; whatever is killed or stopped of them, the pet's process
/// is dead within the margin after the permission ends, as this test sees it from outside.
/// </summary>
public sealed class WatchdogOnDockerTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const double FenceSeconds = 6;

    /// <summary>What the control plane waits beyond the permission.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private readonly BootTime _clock = new();
    private DockerDaemon _daemon = null!;
    private IContainerRuntime _runtime = null!;
    private DirectoryInfo _directory = null!;
    private HeldProcess? _agent;

    public async Task InitializeAsync()
    {
        _directory = Directory.CreateTempSubdirectory("pets");
        _daemon = await DockerDaemon.StartAsync();
        _runtime = TestDocker.Connect(_daemon.Host);
        await TestDocker.EnsureBusyboxAsync(_runtime);
        Permit(true);
    }

    public async Task DisposeAsync()
    {
        if (_agent is not null)
            await _agent.DisposeAsync();
        if (Watchdog is { } watchdog)
            ProcessTable.TryKill(watchdog.Pid, pid => ProcessTable.StartOf(pid) == watchdog.Started);
        await SignalEngineAsync("CONT");
        await _runtime.DisposeAsync();
        await _daemon.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task AgentIsKilled_ThePetEndsInTimeAndTheNextAgentStartsIt()
    {
        var pet = await StartAsync();
        await _agent!.KillAsync();
        await EndsInTimeAsync(pet);

        var next = await StartAsync();
        next.ShouldNotBe(pet);
        await Eventually.TrueAsync(() => Read("events").Contains("PetsEnded: Ended pet db-0", StringComparison.Ordinal), "the agent tells what the watchdog did");
    }

    [Fact]
    public async Task AgentIsStopped_ThePetEndsInTimeAndComesBackWithIt()
    {
        var pet = await StartAsync();
        await _agent!.SignalAsync("STOP");
        await EndsInTimeAsync(pet);

        await _agent.SignalAsync("CONT");
        (await RunningAsync()).ShouldNotBe(pet);
    }

    [Fact]
    public async Task AgentIsKilledAndTheEngineHangs_ThePetEndsInTime()
    {
        var pet = await StartAsync();
        await SignalEngineAsync("STOP");
        await _agent!.KillAsync();
        await EndsInTimeAsync(pet);
    }

    [Fact]
    public async Task PetIsFrozenItsAgentKilledAndTheEngineHangs_ThePetEndsInTime()
    {
        var pet = await StartAsync();
        await _runtime.Containers.PauseAsync((await _runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None)).Single().Id, CancellationToken.None);
        await SignalEngineAsync("STOP");
        await _agent!.KillAsync();
        await EndsInTimeAsync(pet);
    }

    [Fact]
    public async Task AgentIsCutOffAndTheEngineHangs_TheAgentItselfEndsThePetInTime()
    {
        var pet = await StartAsync();
        await SignalEngineAsync("STOP");
        Permit(false);
        await EndsInTimeAsync(pet);

        await SignalEngineAsync("CONT");
        Permit(true);
        (await RunningAsync()).ShouldNotBe(pet);
    }

    [Fact]
    public async Task AgentAndEngineAreKilled_ThePetEndsInTime()
    {
        var pet = await StartAsync();
        await _agent!.KillAsync();
        await SignalEngineAsync("KILL");
        ProcessTable.IsAlive(pet.Pid, pet.Started).ShouldBeTrue("the pet does not die with them");
        await EndsInTimeAsync(pet);
    }

    [Fact]
    public async Task AgentIsBackQuickly_ThePetIsTheSame()
    {
        // A busy machine takes seconds to start an agent, and who is not back in time has rightly lost its pet.
        const double Long = 20;
        Permit(true, Long);
        var pet = await StartAsync();
        var container = (await _runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None)).Single().Id;
        var watchdog = Watchdog;
        var until = 0L;
        for (var i = 0; i < 2; i++)
        {
            await _agent!.KillAsync();
            until = LastPermitted + (long)(Long * 1e9);
            (await StartAsync()).ShouldBe(pet);
            // It says that the pet is ready before the answer to that permits it anything.
            await Eventually.TrueAsync(() => Fence?.Deadline > until, "the watchdog has heard of a permission of the new agent");
        }

        // Beyond the permission that the killed agents had, and the watchdog's way to end it.
        until += (long)(Margin.TotalSeconds * 1e9);
        await Eventually.TrueAsync(() => _clock.GetTimestamp() > until, "the old deadlines are over");
        ProcessTable.IsAlive(pet.Pid, pet.Started).ShouldBeTrue();
        (await _runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None)).Single().Id.ShouldBe(container);
        Watchdog.ShouldBe(watchdog, "it was taken over");
    }

    [Fact]
    public async Task WatchdogIsKilledOrStopped_TheAgentStartsAnotherOne()
    {
        await StartAsync();
        foreach (var signal in (string[])["KILL", "STOP"])
        {
            var before = Watchdog!.Value;
            (await Command.RunAsync("kill", [$"-{signal}", $"{before.Pid}"])).ExitCode.ShouldBe(0);
            await Eventually.TrueAsync(
                () => Watchdog is { } next && next.Pid != before.Pid && ProcessTable.IsAtWork(next.Pid, next.Started) && !ProcessTable.IsAlive(before.Pid, before.Started), "another one is at work");
        }
    }

    [Fact]
    public async Task Watchdog_Waits_CostsNextToNothing()
    {
        await StartAsync();
        var watchdog = Watchdog!.Value;
        await Eventually.TrueAsync(() => _clock.GetTimestamp() > LastPermitted && _clock.GetTimestamp() > 0, "it runs");
        var used = Cpu(watchdog.Pid);
        var until = _clock.GetTimestamp() + (long)10e9;
        await Eventually.TrueAsync(() => _clock.GetTimestamp() > until, "ten seconds pass");
        var status = File.ReadAllLines($"/proc/{watchdog.Pid}/status");
        output.WriteLine($"CPU in 10 s: {Cpu(watchdog.Pid) - used} ticks of 10 ms; {string.Join(", ", status.Where(line => line.StartsWith("Rss", StringComparison.Ordinal) || line.StartsWith("VmRSS", StringComparison.Ordinal) || line.StartsWith("Threads", StringComparison.Ordinal)))}");
        (Cpu(watchdog.Pid) - used).ShouldBeLessThan(10);
        long.Parse(status.Single(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture).ShouldBeLessThan(30 * 1024);
    }

    private (int Pid, long Started, string Version)? Watchdog => Files?.Watchdog();

    private FenceRecord? Fence => Files?.Read();

    private FenceFiles? Files =>
        Directory.Exists(Path.Combine(_directory.FullName, "run")) && Directory.GetDirectories(Path.Combine(_directory.FullName, "run")) is [var own, ..] ? new FenceFiles(own) : null;

    private long LastPermitted => long.TryParse(Read("permitted"), CultureInfo.InvariantCulture, out var at) ? at : 0;

    private static long Cpu(int pid) => File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ') is var fields ? long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture) : 0;

    /// <summary>An agent; and the pet's first process, once the agent says it is ready.</summary>
    private async Task<(int Pid, long Started)> StartAsync()
    {
        if (_agent is not null)
            await _agent.DisposeAsync();
        File.Delete(Path.Combine(_directory.FullName, "status"));
        _agent = await HeldProcess.StartAsync(
            null, Path.Combine(_directory.FullName, "agent.log"), "dotnet", Path.Combine(AppContext.BaseDirectory, "MemberCluster.Agent.PlaneHost.dll"), "pets", _daemon.Host, _directory.FullName);
        return await RunningAsync();
    }

    private async Task<(int Pid, long Started)> RunningAsync()
    {
        Container? container = null;
        await Eventually.TrueAsync(
            async () =>
            {
                var running = await _runtime.Containers.ListAsync(ContainerFilter.ByLabels($"{PodLabels.Uid}=uid-db") with { RunningOnly = true }, CancellationToken.None);
                container = running.Length == 1 ? await _runtime.Containers.TryInspectAsync(running[0].Id, CancellationToken.None) : null;
                // An engine that was stopped, or is back, may not have heard yet of a process that ended.
                return container?.Pid is { } pid and > 0 && ProcessTable.IsAlive(pid, ProcessTable.StartOf(pid)) && Read("status") is { Length: > 0 } text && ApiJson.FromUtf8<WorkStatus>(System.Text.Encoding.UTF8.GetBytes(text)).Pets is [{ Phase: WorkPetPhase.Ready }];
            },
            "the pet is ready", TimeSpan.FromSeconds(60), () => $"{Read("status")} {_agent!.LogTail()}");
        return (container!.Pid!.Value, ProcessTable.StartOf(container.Pid.Value));
    }

    private async Task EndsInTimeAsync((int Pid, long Started) pet)
    {
        var seen = 0L;
        await Eventually.TrueAsync(
            () =>
            {
                var now = _clock.GetTimestamp();
                if (!ProcessTable.IsAlive(pet.Pid, pet.Started))
                    return true;
                seen = now;
                return false;
            },
            "the pet's process ends", TimeSpan.FromSeconds(60), () => _agent!.LogTail());
        // When it was last alive for sure: a test that looks late sees nothing that was not there.
        var after = TimeSpan.FromSeconds((seen - LastPermitted) / 1e9);
        output.WriteLine($"The pet was last seen alive {after.TotalSeconds:0.000} s after the last permission of {FenceSeconds} s.");
        after.ShouldBeLessThan(TimeSpan.FromSeconds(FenceSeconds) + Margin);
    }

    private void Permit(bool isPermitted, double seconds = FenceSeconds)
    {
        var path = Path.Combine(_directory.FullName, "permit");
        if (isPermitted)
            File.WriteAllText(path, seconds.ToString(CultureInfo.InvariantCulture));
        else
            File.Delete(path);
    }

    private string Read(string name)
    {
        var path = Path.Combine(_directory.FullName, name);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private async Task SignalEngineAsync(string signal)
    {
        if (File.Exists(Path.Combine(_daemon.Directory, "docker.pid")))
            await Command.RunAsync("kill", [$"-{signal}", (await File.ReadAllTextAsync(Path.Combine(_daemon.Directory, "docker.pid"))).Trim()]);
    }
}
