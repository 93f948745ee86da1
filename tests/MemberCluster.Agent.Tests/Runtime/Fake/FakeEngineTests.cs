using System.Net;
using System.Net.Sockets;
using Federation.TestKit.Time;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;

namespace MemberCluster.Agent.Tests.Runtime.Fake;

/// <summary>What tests of the agent rely on, beyond what every runtime does.</summary>
public sealed class FakeEngineTests
{
    private static readonly CancellationToken Token = CancellationToken.None;
    private readonly ManualTimeProvider _time = new();
    private readonly FakeEngine _engine;
    private readonly IContainerRuntime _runtime;

    public FakeEngineTests()
    {
        _engine = new FakeEngine(_time);
        _engine.AddImage("web:1");
        _runtime = _engine.Connect();
    }

    [Fact]
    public async Task Agent_Restarted_FindsWhatRan()
    {
        var id = await RunAsync("a");
        await _runtime.DisposeAsync();
        var container = (await _engine.Connect().Containers.ReadAllAsync(ContainerFilter.All, Token)).ShouldHaveSingleItem();
        container.Id.ShouldBe(id);
        container.State.ShouldBe(ContainerState.Running);
    }

    [Fact]
    public async Task Program_ExitsAfter_EndsWhenTimeHasPassedAndNotBefore()
    {
        _engine.AddImage("job:1", FakeProgram.ExitsWith(7, TimeSpan.FromSeconds(10)));
        var id = await RunAsync("a", "job:1");
        _time.Advance(TimeSpan.FromSeconds(9.9));
        _engine.RunningCount.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        _engine.RunningCount.ShouldBe(0);
        var container = await _runtime.Containers.InspectAsync(id, Token);
        container.ExitCode.ShouldBe(7);
        (container.FinishedAt - container.StartedAt).ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Program_RestartedBeforeItsEnd_LivesItsWholeNewLife()
    {
        _engine.AddImage("job:1", FakeProgram.ExitsWith(7, TimeSpan.FromSeconds(10)));
        var id = await RunAsync("a", "job:1");
        _time.Advance(TimeSpan.FromSeconds(9));
        await _runtime.Containers.KillAsync(id, "SIGKILL", Token);
        await _runtime.Containers.StartAsync(id, Token);
        _time.Advance(TimeSpan.FromSeconds(9));
        _engine.RunningCount.ShouldBe(1);
        _engine.StartCount.ShouldBe(2);
    }

    [Fact]
    public async Task Program_ByAttempt_CanCrashAndThenRecover()
    {
        _engine.ProgramFor = (_, starts) => starts < 2 ? FakeProgram.ExitsWith(1, TimeSpan.FromSeconds(1)) : null;
        var id = await RunAsync("a");
        for (var attempt = 0; attempt < 2; attempt++)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            _engine.RunningCount.ShouldBe(0);
            await _runtime.Containers.StartAsync(id, Token);
        }

        _time.Advance(TimeSpan.FromHours(1));
        _engine.RunningCount.ShouldBe(1);
    }

    [Fact]
    public async Task Stop_SlowProgram_TakesItsTimeThenIsKilledAtTheGrace()
    {
        _engine.AddImage("slow:1", new FakeProgram { StopsAfter = TimeSpan.FromSeconds(20), StopExitCode = 0 });
        var id = await RunAsync("a", "slow:1");
        var stopping = _runtime.Containers.StopAsync(id, TimeSpan.FromSeconds(30), Token);
        stopping.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(20));
        await stopping;
        (await _runtime.Containers.InspectAsync(id, Token)).ExitCode.ShouldBe(0);

        await _runtime.Containers.StartAsync(id, Token);
        stopping = _runtime.Containers.StopAsync(id, TimeSpan.FromSeconds(10), Token);
        _time.Advance(TimeSpan.FromSeconds(10));
        await stopping;
        (await _runtime.Containers.InspectAsync(id, Token)).ExitCode.ShouldBe(137);
    }

    [Fact]
    public async Task Faults_NextTwoOfOneSubject_FailThenWork()
    {
        _engine.Faults.Fail(FakeOperation.StartContainer, RuntimeFailure.EngineFault, times: 2, when: subject => subject == "b");
        await CreateAsync("a");
        await CreateAsync("b");
        await _runtime.Containers.StartAsync("a", Token);
        for (var attempt = 0; attempt < 2; attempt++)
            (await FailureAsync(() => _runtime.Containers.StartAsync("b", Token))).ShouldBe(RuntimeFailure.EngineFault);
        await _runtime.Containers.StartAsync("b", Token);
        _engine.RunningCount.ShouldBe(2);
    }

    [Fact]
    public async Task Faults_SlowPull_WaitsForTheClock()
    {
        _engine.AddRegistryImage("big:1");
        _engine.Faults.Delay(FakeOperation.PullImage, TimeSpan.FromSeconds(30));
        var pull = _runtime.Images.PullAsync("big:1", auth: null, progress: null, Token);
        _time.Advance(TimeSpan.FromSeconds(29));
        pull.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await pull).Tags.ShouldBe(["big:1"]);
    }

    [Fact]
    public async Task Faults_DiskFull_StopsNewThingsOnly()
    {
        var id = await RunAsync("a");
        _engine.Faults.DiskFull = true;
        (await FailureAsync(() => CreateAsync("b"))).ShouldBe(RuntimeFailure.DiskFull);
        await _runtime.Containers.StopAsync(id, TimeSpan.FromSeconds(1), Token);
        await _runtime.Containers.StartAsync(id, Token);
        (await _runtime.GetInfoAsync(Token)).DiskFreeBytes.ShouldBe(0);
        _engine.Faults.DiskFull = false;
        await CreateAsync("b");
    }

    [Fact]
    public async Task Engine_Down_RefusesEndsStreamsAndKeepsContainers()
    {
        await RunAsync("a");
        await using var events = await _runtime.SubscribeAsync(EventFilter.All, since: null, Token);
        _engine.IsDown = true;
        (await FailureAsync(() => _runtime.PingAsync(Token))).ShouldBe(RuntimeFailure.EngineUnavailable);
        (await FailureAsync(() => _runtime.Containers.ListAsync(ContainerFilter.All, Token))).ShouldBe(RuntimeFailure.EngineUnavailable);
        await foreach (var _ in events)
        {
        }

        _engine.RunningCount.ShouldBe(1);
        _engine.IsDown = false;
        await _runtime.PingAsync(Token);
    }

    [Fact]
    public async Task Pull_Credentials_AreChecked()
    {
        var auth = new RegistryAuth("me", "secret");
        _engine.AddRegistryImage("private:1", auth: auth);
        var failure = await Should.ThrowAsync<RuntimeException>(() => _runtime.Images.PullAsync("private:1", auth with { Password = "wrong" }, progress: null, Token));
        failure.PullReason.ShouldBe(PullFailureReason.Unauthorized);
        (await FailureAsync(() => _runtime.Images.PullAsync("missing:1", auth: null, progress: null, Token))).ShouldBe(RuntimeFailure.ImageNotFound);
        await _runtime.Images.PullAsync("private:1", auth, progress: null, Token);
        auth.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public async Task Listen_ContainersOwnAddress_AnswersWhileItRuns()
    {
        _engine.AddImage("server:1", new FakeProgram { Listen = container => new Listener(IPAddress.Parse(container.IpAddress!)) });
        var first = await RunAsync("a", "server:1");
        await RunAsync("b", "server:1");
        var addresses = _engine.Snapshot().Select(container => container.IpAddress).ToList();
        addresses.Distinct().Count().ShouldBe(2);
        foreach (var address in addresses)
            (await ConnectsAsync(address!)).ShouldBeTrue();

        var old = (await _runtime.Containers.InspectAsync(first, Token)).IpAddress!;
        _engine.Crash(first);
        (await ConnectsAsync(old)).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_Twice_GivesTheSameIdsAndAddresses()
    {
        await RunAsync("a");
        var other = new FakeEngine(new ManualTimeProvider());
        other.AddImage("web:1");
        var runtime = other.Connect();
        await runtime.Containers.StartAsync(await runtime.Containers.CreateAsync(Spec("a", "web:1"), Token), Token);
        var (here, there) = (_engine.Snapshot().Single(), other.Snapshot().Single());
        (there.Id, there.IpAddress, there.StartedAt).ShouldBe((here.Id, here.IpAddress, here.StartedAt));
    }

    private static ContainerSpec Spec(string name, string image) => new() { Name = name, Image = image };

    private Task<string> CreateAsync(string name, string image = "web:1") => _runtime.Containers.CreateAsync(Spec(name, image), Token);

    private async Task<string> RunAsync(string name, string image = "web:1")
    {
        var id = await CreateAsync(name, image);
        await _runtime.Containers.StartAsync(id, Token);
        return id;
    }

    private static async Task<RuntimeFailure> FailureAsync(Func<Task> action) => (await Should.ThrowAsync<RuntimeException>(action)).Failure;

    private static async Task<bool> ConnectsAsync(string address)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Parse(address), Listener.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class Listener : IAsyncDisposable
    {
        // The same port for all: the addresses differ.
        public const int Port = 18080;
        private readonly TcpListener _listener;

        public Listener(IPAddress address)
        {
            _listener = new TcpListener(address, Port);
            _listener.Start();
        }

        public ValueTask DisposeAsync()
        {
            _listener.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
