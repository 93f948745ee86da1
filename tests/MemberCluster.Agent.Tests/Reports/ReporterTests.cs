using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.TestKit.Time;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Reports;

public sealed class ReporterTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeControlPlane _controlPlane = new();
    private readonly ReportContents _contents = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Reporter _reporter;
    private readonly Lease _lease;
    private readonly List<string> _gone = [];
    private Task _running = Task.CompletedTask;

    public ReporterTests()
    {
        _lease = new Lease(_time);
        var retry = new Retry(_time, new Random(1));
        _reporter = new Reporter(_controlPlane, _contents, _lease, retry, "session", () => new StreamPosition("store", 42), _time, NullLogger<Reporter>.Instance)
        {
            GoneAcknowledged = uids => _gone.AddRange(uids),
        };
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task StartAsync()
    {
        _running = _reporter.RunAsync(_stop.Token);
        _reporter.Open();
        await UntilAsync(1);
    }

    private void Change(int ready, string uid = "a")
    {
        _contents.SetWork(new WorkStatus { Uid = uid, Ready = ready });
        _reporter.Poke();
    }

    /// <summary>Moves the clock in small steps until so many reports were sent; says how far it went.</summary>
    private async Task<TimeSpan> UntilAsync(int reports, TimeSpan? atMost = null)
    {
        var began = _time.GetUtcNow();
        while (_controlPlane.Reports.Count < reports)
        {
            (_time.GetUtcNow() - began).ShouldBeLessThan(atMost ?? TimeSpan.FromMinutes(1), $"{reports} reports");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        return _time.GetUtcNow() - began;
    }

    private async Task QuietAsync()
    {
        // Until the reporter waits for its heartbeat, which is the only timer then.
        await Federation.TestKit.Waiting.Eventually.TrueAsync(() => _time.NextDue is not null, "it waits");
        _time.Advance(TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task Run_NotOpened_SaysNothing()
    {
        _running = _reporter.RunAsync(_stop.Token);
        Change(1);
        _time.Advance(TimeSpan.FromSeconds(10));
        _controlPlane.Reports.ShouldBeEmpty();
        _reporter.Open();
        await UntilAsync(1);
        _controlPlane.Reports[0].Works.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Run_FirstReportOfASession_IsFullAndNumberOne()
    {
        Change(1);
        await StartAsync();
        var first = _controlPlane.Reports.Single();
        (first.Session, first.Sequence, first.Full, first.AppliedRevision, first.AppliedStore).ShouldBe(("session", 1, true, 42, "store"));
        _lease.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_ChangeAfterQuiet_IsSentWithinTenMilliseconds()
    {
        await StartAsync();
        await QuietAsync();
        Change(1);
        (await UntilAsync(2)).ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(10));
        _controlPlane.Reports[1].Full.ShouldBeFalse();
        _controlPlane.Reports[1].Works.Single().Ready.ShouldBe(1);
    }

    [Fact]
    public async Task Run_TrafficIsNotAppliedYet_IsSaidWhenItIs()
    {
        await StartAsync();
        await QuietAsync();
        var applied = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        _reporter.TrafficApplied = _ =>
        {
            asked.TrySetResult();
            return applied.Task;
        };
        Change(1);
        await Federation.TestKit.Waiting.Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(5));
                return asked.Task.IsCompleted;
            },
            "the report is due");
        _controlPlane.Reports.Count.ShouldBe(1, "another machine would send connections to a pod that this one does not serve yet");
        applied.SetResult();
        (await UntilAsync(2)).ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public async Task Run_TrafficIsNeverApplied_TheLeaseIsKept()
    {
        await StartAsync();
        await QuietAsync();
        _reporter.TrafficApplied = _ => new TaskCompletionSource().Task;
        Change(1);
        await UntilAsync(4);
        _lease.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_ManyChanges_AreSentTogetherEveryHundredMilliseconds()
    {
        await StartAsync();
        await QuietAsync();
        var began = _time.GetUtcNow();
        for (var number = 1; number <= 300; number++)
        {
            Change(number);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var last = await UntilAsync(_controlPlane.Reports.Count + 1, TimeSpan.FromMilliseconds(200));
        last.ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(110));
        _controlPlane.Reports[^1].Works.Single().Ready.ShouldBe(300);
        _controlPlane.Reports.Count.ShouldBeInRange(4, 6);
    }

    [Fact]
    public async Task Run_NothingChanges_BeatsFiveTimesALease()
    {
        _controlPlane.LeaseSeconds = 10;
        await StartAsync();
        (await UntilAsync(3)).ShouldBeInRange(TimeSpan.FromSeconds(3.9), TimeSpan.FromSeconds(4.2));
        var beat = _controlPlane.Reports[^1];
        (beat.Full, beat.Works.Count, beat.Pods.Count, beat.Inventory).ShouldBe((false, 0, 0, null));
    }

    [Fact]
    public async Task Run_AnswersGetLost_NothingIsMissedAndNumbersGrow()
    {
        await StartAsync();
        Change(1);
        _controlPlane.LosesAnswers = true;
        await UntilAsync(3);
        Change(2, "b");
        _controlPlane.LosesAnswers = false;
        await UntilAsync(_controlPlane.Reports.Count + 1);

        _controlPlane.Reports.Select(report => report.Sequence).ShouldBe(Enumerable.Range(1, _controlPlane.Reports.Count).Select(number => (long)number));
        _controlPlane.StatusOf("a")!.Ready.ShouldBe(1);
        _controlPlane.StatusOf("b")!.Ready.ShouldBe(2);
    }

    [Fact]
    public async Task Run_ReportsGetLost_ControlPlaneAsksForEverythingAndGetsIt()
    {
        Change(1, "a");
        await StartAsync();
        _controlPlane.IsCut = true;
        Change(2, "b");
        _time.Advance(TimeSpan.FromSeconds(1));
        await Federation.TestKit.Waiting.Eventually.TrueAsync(() => !_contents.HasChanges || _time.NextDue is not null, "it tries");
        for (var number = 0; number < 50; number++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        _controlPlane.IsCut = false;
        await UntilAsync(3);
        _controlPlane.Reports[1].Full.ShouldBeFalse();
        _controlPlane.Reports[2].Full.ShouldBeTrue("there was a gap in the numbers");
        _controlPlane.Reports[2].Works.Select(work => work.Uid).Order().ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Run_PodRemoved_IsNamedUntilAcknowledged()
    {
        _contents.SetPod(new Pod { Metadata = new ObjectMeta { Namespace = "default", Name = "p" } });
        await StartAsync();
        _controlPlane.Pods.Count.ShouldBe(1);
        _controlPlane.LosesAnswers = true;
        _contents.RemovePod(new PodName("default", "p"));
        _reporter.Poke();
        await UntilAsync(2);
        _controlPlane.LosesAnswers = false;
        await UntilAsync(3);
        _controlPlane.Reports[2].RemovedPods.ShouldBe([new PodName("default", "p")]);
    }

    [Fact]
    public async Task Run_GoneIsAcknowledged_IsSaidOnceAndOnlyThen()
    {
        await StartAsync();
        _controlPlane.LosesAnswers = true;
        _contents.SetWork(new WorkStatus { Uid = "a", Gone = true });
        _reporter.Poke();
        await UntilAsync(2);
        _gone.ShouldBeEmpty();
        _controlPlane.LosesAnswers = false;
        await UntilAsync(3);
        await Federation.TestKit.Waiting.Eventually.TrueAsync(() => _gone.Count > 0, "the acknowledgement");
        _gone.ShouldBe(["a"]);
    }

    [Fact]
    public void Raise_MoreEventsThanFit_KeepsTheNewestAndCountsRepetitions()
    {
        for (var number = 0; number < ReportContents.MostEvents + 10; number++)
            _contents.Raise(new AgentEvent { Reason = "R", Name = $"p{number}" });
        _contents.Raise(new AgentEvent { Reason = "R", Name = $"p{ReportContents.MostEvents}" });
        var events = _contents.Take(isFull: false).Report.Events;
        events.Count.ShouldBe(ReportContents.MostEvents);
        events[0].Name.ShouldBe("p10");
        events.Single(occurrence => occurrence.Name == $"p{ReportContents.MostEvents}").Count.ShouldBe(2);
    }
}
