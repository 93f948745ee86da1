using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Hosting;

/// <summary>The wall clock is set by hours, forwards and back: nothing is started, stopped or kept waiting for it.</summary>
public sealed class ClockJumpTests : IAsyncLifetime
{
    private readonly AgentFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    public static TheoryData<TimeSpan> Jumps => [TimeSpan.FromHours(7), TimeSpan.FromHours(-7)];

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Run_ClockIsSetWhilePodsRun_NothingIsRestartedAndProbesGoOn(TimeSpan jump)
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(3, readiness: TestWorks.HttpProbe(period: 1), liveness: TestWorks.HttpProbe(period: 1)));
        await _fixture.UntilReadyAsync(3);
        var before = _fixture.RunningIds;

        _fixture.Time.Jump(jump);
        var probes = _fixture.Prober.Count;
        await _fixture.PassAsync(TimeSpan.FromSeconds(30));

        _fixture.RunningIds.ShouldBe(before);
        _fixture.Engine.StartCount.ShouldBe(3);
        (_fixture.Prober.Count - probes).ShouldBeInRange(150, 190, "two probes of three containers, each second");
        _fixture.ControlPlane.StatusOf("uid-web").ShouldNotBeNull().Ready.ShouldBe(3);
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Run_ClockIsSetWhileAPodBacksOff_ItIsStartedWhenItsTimeHasPassed(TimeSpan jump)
    {
        _fixture.Engine.AddImage("web:2", FakeProgram.ExitsWith(1, TimeSpan.FromMilliseconds(10)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1, image: "web:2"));
        // 0 s, 1 s, 2 s, 4 s have passed; the next start is 8 s later.
        await _fixture.UntilAsync(() => _fixture.Engine.StartCount == 5 && _fixture.RunningIds.IsEmpty, "five starts");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "CrashLoopBackOff" }, "it backs off");

        _fixture.Time.Jump(jump);
        await _fixture.PassAsync(TimeSpan.FromSeconds(6));
        _fixture.Engine.StartCount.ShouldBe(5);
        await _fixture.PassAsync(TimeSpan.FromSeconds(3));
        _fixture.Engine.StartCount.ShouldBe(6);
        // The back-off goes on from there: nobody takes the jump for hours of running.
        await _fixture.PassAsync(TimeSpan.FromSeconds(13));
        _fixture.Engine.StartCount.ShouldBe(6);
        await _fixture.PassAsync(TimeSpan.FromSeconds(5));
        _fixture.Engine.StartCount.ShouldBe(7);
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Run_ClockIsSetBeforeTheFirstProbeIsDue_ItsDelayIsNeitherCutNorStretched(TimeSpan jump)
    {
        _fixture.Start();
        var delayed = TestWorks.HttpProbe() with { InitialDelaySeconds = 20 };
        _fixture.ControlPlane.Apply(TestWorks.Web(1, readiness: delayed));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Running: 1 }, "it runs");
        _fixture.Time.Jump(jump);

        await _fixture.PassAsync(TimeSpan.FromSeconds(17));
        _fixture.Prober.Count.ShouldBe(0);
        await _fixture.PassAsync(TimeSpan.FromSeconds(5));
        _fixture.Prober.Count.ShouldBeGreaterThan(0);
        await _fixture.UntilReadyAsync(1);
    }
}
