using System.Collections.Concurrent;
using System.Net;
using Federation.Api.Apps;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Tests.Support;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Tests.Probes;

public sealed class ProbeRunnerTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeProber _prober = new();
    private readonly ConcurrentQueue<ProbeVerdict> _verdicts = new();
    private readonly ConcurrentQueue<TimeSpan> _attempts = new();
    private readonly ProbeRunner _runner;
    private readonly DateTimeOffset _began;

    public ProbeRunnerTests()
    {
        _runner = new ProbeRunner(_prober, new SteadyClock(_time), _time, _verdicts.Enqueue);
        _began = _time.GetUtcNow();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _runner.DisposeAsync();

    private ProbeTarget Target(Probe? readiness = null, Probe? liveness = null, string container = "c") =>
        new(container, IPAddress.Loopback, _began, _began, new ContainerSpec { Name = "main", ReadinessProbe = readiness, LivenessProbe = liveness });

    private void Answer(Func<int, bool> byAttempt) => _prober.Answer = (_, _) =>
    {
        _attempts.Enqueue(_time.GetUtcNow() - _began);
        return byAttempt(_attempts.Count);
    };

    /// <summary>Moves the clock to each due attempt in turn, until so many were made.</summary>
    private async Task AttemptsAsync(int count)
    {
        while (_attempts.Count < count)
        {
            var before = _attempts.Count;
            await Eventually.TrueAsync(() => _attempts.Count > before || _time.NextDue is not null, "an attempt or a pause");
            if (_attempts.Count == before && _time.NextDue is { } due)
                _time.Advance(due - _time.GetUtcNow());
        }

        await Eventually.TrueAsync(() => _time.NextDue is not null, "the pause after it");
    }

    [Fact]
    public async Task Update_NotReadyYet_TriesAtOnceThenEagerlyThenByItsPeriod()
    {
        Answer(attempt => attempt >= 6);
        _runner.Update("uid", [Target(readiness: new Probe { PeriodSeconds = 5 })]);
        await AttemptsAsync(8);
        _attempts.Take(8).Select(attempt => attempt.TotalMilliseconds).ShouldBe([0, 20, 60, 140, 300, 500, 5500, 10500]);
        _verdicts.Select(verdict => verdict.Passing).ShouldBe([false, true]);
    }

    [Fact]
    public async Task Update_InitialDelay_CountsFromTheContainersStart()
    {
        Answer(_ => true);
        _runner.Update("uid", [Target(readiness: new Probe { InitialDelaySeconds = 3 })]);
        await AttemptsAsync(1);
        _attempts.First().ShouldBe(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Update_ReadyContainerFails_IsUnreadyAfterItsThresholdAndReadyAgainAfterTheOther()
    {
        Answer(attempt => attempt is 1 or 2 or > 5);
        _runner.Update("uid", [Target(readiness: new Probe { PeriodSeconds = 60, FailureThreshold = 3, SuccessThreshold = 2 })]);
        await AttemptsAsync(8);
        // Ready at the 2nd success, unready at the 3rd failure in a row (the 5th attempt), ready again two successes later.
        _verdicts.Select(verdict => verdict.Passing).ShouldBe([true, false, true]);
    }

    [Fact]
    public async Task Update_LivenessFails_OneFailureIsNoVerdict()
    {
        Answer(attempt => attempt != 2 && attempt < 4);
        _runner.Update("uid", [Target(liveness: new Probe { PeriodSeconds = 1, FailureThreshold = 2 })]);
        await AttemptsAsync(4);
        _verdicts.Select(verdict => verdict.Passing).ShouldBe([true]);
        await AttemptsAsync(5);
        _verdicts.Select(verdict => (verdict.Kind, verdict.Passing)).ShouldBe([(ProbeKind.Liveness, true), (ProbeKind.Liveness, false)]);
    }

    [Fact]
    public async Task Update_StartupProbeFails_HasAsManyPeriodsAsItIsGivenAndTheOthersWait()
    {
        Answer(_ => false);
        var startup = new Probe { PeriodSeconds = 2, FailureThreshold = 3, TerminationGracePeriodSeconds = 7 };
        _runner.Update("uid", [Target(readiness: new Probe()) with { Spec = new ContainerSpec { Name = "main", StartupProbe = startup, ReadinessProbe = new Probe() } }]);
        while (_verdicts.IsEmpty)
            await AttemptsAsync(_attempts.Count + 1);

        // Failures count at 0 s, 2 s and 4 s, however often it was tried in between.
        _attempts.Last().TotalSeconds.ShouldBeInRange(4, 4.3);
        _verdicts.ShouldHaveSingleItem().ShouldBe(new ProbeVerdict("c", ProbeKind.Startup, Passing: false, "no", TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public async Task Update_StartupProbePasses_TheOthersBegin()
    {
        var kinds = new ConcurrentQueue<int>();
        _prober.Answer = (_, probe) =>
        {
            kinds.Enqueue(probe.PeriodSeconds!.Value);
            _attempts.Enqueue(TimeSpan.Zero);
            return kinds.Count >= 3;
        };
        var spec = new ContainerSpec { Name = "main", StartupProbe = new Probe { PeriodSeconds = 1, FailureThreshold = 9 }, LivenessProbe = new Probe { PeriodSeconds = 5 } };
        _runner.Update("uid", [Target() with { Spec = spec }]);
        await AttemptsAsync(5);

        kinds.Take(5).ShouldBe([1, 1, 1, 5, 5]);
        _verdicts.Select(verdict => (verdict.Kind, verdict.Passing)).ShouldBe([(ProbeKind.Startup, true), (ProbeKind.Liveness, true)]);
    }

    [Fact]
    public async Task Update_ContainerIsGone_ItIsNotProbedAnyMoreAndOthersAre()
    {
        Answer(_ => true);
        var (a, b) = (Target(readiness: new Probe { PeriodSeconds = 1 }, container: "a"), Target(readiness: new Probe { PeriodSeconds = 1 }, container: "b"));
        _runner.Update("uid", [a]);
        _runner.Update("other", [b]);
        await AttemptsAsync(2);
        _runner.Update("uid", []);
        var seen = new ConcurrentBag<string>();
        _prober.Answer = (target, _) =>
        {
            seen.Add(target.Container);
            _attempts.Enqueue(TimeSpan.Zero);
            return true;
        };
        await AttemptsAsync(12);
        // One attempt may have been under way.
        seen.Count(container => container == "a").ShouldBeLessThanOrEqualTo(1);
        seen.ShouldContain("b");
    }
}
