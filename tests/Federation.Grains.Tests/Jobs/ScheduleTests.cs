using Federation.Api;
using Federation.Api.Jobs;

namespace Federation.Grains.Tests.Jobs;

/// <summary>Jobs with a schedule, by a clock that the test moves. It begins shortly after ten.</summary>
public sealed class ScheduleTests : IAsyncLifetime
{
    private static readonly ObjectKey Key = new(Job.KindName, "default", "hourly");

    private GrainHarness _plane = null!;
    private FakeAgent _east = null!;
    private DateTimeOffset _midnight;

    public async Task InitializeAsync()
    {
        _plane = await GrainHarness.StartAsync();
        _midnight = new DateTimeOffset(_plane.Time.GetUtcNow().Date, TimeSpan.Zero).AddDays(1);
        _plane.Time.Advance(At(10, 0) - _plane.Time.GetUtcNow() + TimeSpan.FromSeconds(30));
        _east = await _plane.StartClusterAsync("us-east-1", "us-east");
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Schedule_TimeComes_OneJobIsMadeAndRuns()
    {
        await CreateAsync(spec => spec);
        await AdvanceToAsync(11, 0);

        await UntilAsync(async () => (await RunsAsync()) is [{ IsFinished: true }], "one run is complete");

        var run = (await RunsAsync()).Single();
        run.Metadata.Name.ShouldBe($"hourly-{At(11, 0).ToUnixTimeSeconds() / 60}");
        run.Metadata.OwnerReferences.ShouldHaveSingleItem().ShouldSatisfyAllConditions(owner => owner.Name.ShouldBe("hourly"), owner => owner.Controller.ShouldBe(true));
        (run.Spec.Schedule, run.Spec.ConcurrencyPolicy).ShouldBe((null, null));
        await UntilAsync(async () => (await ReadAsync()).Status is { ActiveJobs.Count: 0, LastSuccessfulTime: not null } status && status.LastScheduleTime == At(11, 0), "the schedule knows");
    }

    [Fact]
    public async Task Schedule_PlaneWasDown_OnlyTheLatestMissedRunIsMadeUpFor()
    {
        await CreateAsync(spec => spec);
        await _plane.CrashAsync();

        await AdvanceToAsync(15, 20);

        await UntilAsync(async () => (await RunsAsync()).Count == 1, "a run is made");
        (await RunsAsync()).Single().Metadata.Name.ShouldBe($"hourly-{At(15, 0).ToUnixTimeSeconds() / 60}");
        await UntilAsync(async () => (await ReadAsync()).Status.LastScheduleTime == At(15, 0), "it is noted");
    }

    [Fact]
    public async Task Schedule_TooLateForItsDeadline_IsLeftOut()
    {
        await CreateAsync(spec => spec with { StartingDeadlineSeconds = 60 });
        await _plane.CrashAsync();

        await AdvanceToAsync(15, 20);
        await AdvanceToAsync(16, 0);

        await UntilAsync(async () => (await ReadAsync()).Status.LastScheduleTime is not null, "a run is made");
        (await RunsAsync()).Single().Metadata.Name.ShouldBe($"hourly-{At(16, 0).ToUnixTimeSeconds() / 60}");
    }

    [Fact]
    public async Task Schedule_CrashAfterTheJobWasMade_MakesNoOther()
    {
        await CreateAsync(spec => spec);
        // As if the schedule's own write had been lost: its Job is there, and nothing says so.
        var schedule = await ReadAsync();
        await _plane.CreateAsync(Federation.Domain.Scheduling.Jobs.SchedulePlanner.RunOf(schedule, At(11, 0)));

        await AdvanceToAsync(11, 0);

        await UntilAsync(async () => (await ReadAsync()).Status.LastScheduleTime == At(11, 0), "it is noted");
        (await RunsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Forbid_LastRunGoesOn_NextOneWaitsForItsEnd()
    {
        _east.IsPatient = true;
        await CreateAsync(spec => spec with { ConcurrencyPolicy = ConcurrencyPolicy.Forbid });
        await AdvanceToAsync(11, 0);
        await UntilAsync(async () => (await RunsAsync()) is [{ Status.Active: 1 }], "the first runs");

        await AdvanceToAsync(12, 0);
        (await RunsAsync()).Count.ShouldBe(1);

        _east.IsPatient = false;
        await UntilAsync(async () => (await RunsAsync()).Count(run => run.IsFinished) == 2, "the second follows the first");
        (await RunsAsync()).Select(run => run.Metadata.Name).ShouldContain($"hourly-{At(12, 0).ToUnixTimeSeconds() / 60}");
    }

    [Fact]
    public async Task Replace_LastRunGoesOn_ItIsDeleted()
    {
        _east.IsPatient = true;
        await CreateAsync(spec => spec with { ConcurrencyPolicy = ConcurrencyPolicy.Replace });
        await AdvanceToAsync(11, 0);
        await UntilAsync(async () => (await RunsAsync()) is [{ Status.Active: 1 }], "the first runs");

        await AdvanceToAsync(12, 0);

        await UntilAsync(async () => (await RunsAsync()) is [var only] && only.Metadata.Name == $"hourly-{At(12, 0).ToUnixTimeSeconds() / 60}", "the second took its place");
    }

    [Fact]
    public async Task History_MoreThanTheLimit_TheOldestGo()
    {
        await CreateAsync(spec => spec with { SuccessfulJobsHistoryLimit = 2 });
        for (var hour = 11; hour <= 14; hour++)
        {
            await AdvanceToAsync(hour, 0);
            await UntilAsync(async () => (await ReadAsync()).Status.LastScheduleTime == At(hour, 0) && (await RunsAsync()).All(run => run.IsFinished), $"the run of {hour} is complete");
        }

        await UntilAsync(async () => (await RunsAsync()).Count == 2, "two are kept");
        (await RunsAsync()).Select(run => run.Metadata.Name).Order().ShouldBe([$"hourly-{At(13, 0).ToUnixTimeSeconds() / 60}", $"hourly-{At(14, 0).ToUnixTimeSeconds() / 60}"]);
    }

    [Fact]
    public async Task Delete_Schedule_ItsJobsGoToo()
    {
        _east.IsPatient = true;
        await CreateAsync(spec => spec);
        await AdvanceToAsync(11, 0);
        await UntilAsync(async () => (await RunsAsync()) is [{ Status.Active: 1 }], "a run goes on");

        await _plane.DeleteAsync(Key);

        await UntilAsync(async () => (await _plane.ReadJobsAsync()).Count == 0, "nothing is left");
        _east.Running.ShouldBe(0);
    }

    private DateTimeOffset At(int hour, int minute) => _midnight + new TimeSpan(hour, minute, 0);

    private async Task CreateAsync(Func<JobSpec, JobSpec> change)
    {
        var sample = Sample.Job("hourly");
        await _plane.CreateAsync(sample with { Spec = change(sample.Spec with { Schedule = "0 * * * *" }) });
        await UntilAsync(async () => (await ReadAsync()).Status.ObservedGeneration == 1, "the schedule is planned");
    }

    private async Task AdvanceToAsync(int hour, int minute)
    {
        _plane.Time.Advance(At(hour, minute) - _plane.Time.GetUtcNow());
        // An object that nobody asked for in a while is out of memory: its durable timer is found within seconds.
        for (var second = 0; second < 7; second++)
        {
            await _east.ReportAsync();
            await _plane.PassAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Time goes on meanwhile, by a few minutes at most: a plane that is busy finds durable timers later.</summary>
    private Task UntilAsync(Func<Task<bool>> condition, string what) => _plane.UntilAsync(
        () =>
        {
            _plane.Time.Advance(TimeSpan.FromMilliseconds(250));
            return condition();
        },
        what, _east);

    private async Task<Job> ReadAsync() => (await _plane.ReadAsync<Job>(Key))!;

    private async Task<IReadOnlyList<Job>> RunsAsync() => [.. (await _plane.ReadJobsAsync()).Where(job => job.Metadata.Name != "hourly").OrderBy(job => job.Metadata.Name, StringComparer.Ordinal)];
}
