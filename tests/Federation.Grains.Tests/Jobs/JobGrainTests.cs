using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Jobs;
using Federation.Api.Meta;

namespace Federation.Grains.Tests.Jobs;

public sealed class JobGrainTests : IAsyncLifetime
{
    private static readonly ObjectKey Key = new(Job.KindName, "default", "work");

    private GrainHarness _plane = null!;
    private FakeAgent _east = null!;
    private FakeAgent _west = null!;

    private FakeAgent[] Both => [_east, _west];

    public async Task InitializeAsync()
    {
        _plane = await GrainHarness.StartAsync();
        _east = await _plane.StartClusterAsync("us-east-1", "us-east");
        _west = await _plane.StartClusterAsync("eu-west-1", "eu-west");
    }

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Create_NineIndexes_EachRunsOnceAndTheJobIsComplete()
    {
        await _plane.CreateAsync(Sample.Job("work", completions: 9, parallelism: 4));

        var job = await EndedAsync(JobConditions.Complete);

        job.Status.CompletedIndexes.ShouldBe("0-8");
        job.Status.Succeeded.ShouldBe(9);
        job.Status.CompletionTime.ShouldNotBeNull();
        Both.SelectMany(agent => agent.Began).Select(run => run.Index).Order().ShouldBe(Enumerable.Range(0, 9));
        Both.ShouldAllBe(agent => agent.Began.Count > 0);
        await ToldAsync("JobCompleted", "Normal");
    }

    [Fact]
    public async Task Report_Completion_LeavesTheWorkOnlyOnceItIsStored()
    {
        _east.IsPatient = _west.IsPatient = true;
        await _plane.CreateAsync(Sample.Job("work", completions: 4, parallelism: 2));
        await _plane.UntilAsync(async () => (await ReadAsync()).Status.Active == 2, "two run", Both);

        _east.IsPatient = false;
        var asked = (await ReadAsync()).Status.Clusters.Single(share => share.Cluster == "us-east-1").Indexes;
        await _plane.UntilAsync(async () => (await ReadAsync()).Status.CompletedIndexes is not null, "a completion is noted", Both);

        var job = await ReadAsync();
        IndexSet.Parse(job.Status.CompletedIndexes).Except(IndexSet.Parse(asked)).IsEmpty.ShouldBeTrue("only what the cluster ran is complete");
        job.Status.Clusters.ShouldAllBe(share => IndexSet.Parse(share.Indexes).Intersect(IndexSet.Parse(job.Status.CompletedIndexes)).IsEmpty);
    }

    [Fact]
    public async Task ClusterLost_InTheMiddle_ItsOpenIndexesMoveAndAllComplete()
    {
        _east.IsPatient = true;
        await _plane.CreateAsync(Sample.Job("work", completions: 9, parallelism: 4));
        await _plane.UntilAsync(async () => (await ReadAsync()).Status.Clusters.Any(share => share.Cluster == "us-east-1" && share.Running > 0), "the east began", Both);

        await AdvanceAsync(TimeSpan.FromSeconds(30), _west);

        await _plane.UntilAsync(async () => (await ReadAsync()).Status.Conditions.IsTrue(JobConditions.Complete), "the rest completes in the west", _west);
        (await ReadAsync()).Status.CompletedIndexes.ShouldBe("0-8");
        _west.Began.Select(run => run.Index).ShouldBeUnique();
    }

    [Fact]
    public async Task Crash_AfterSomeCompletions_NothingNotedRunsAgain()
    {
        _east.IsPatient = true;
        await _plane.CreateAsync(Sample.Job("work", completions: 9, parallelism: 4));
        await _plane.UntilAsync(async () => (await ReadAsync()).Status.Succeeded >= 3, "some are complete", Both);
        var noted = IndexSet.Parse((await ReadAsync()).Status.CompletedIndexes);
        var before = Both.SelectMany(agent => agent.Began).Select(run => run.Index).ToList();

        await _plane.CrashAsync();
        foreach (var agent in Both)
            agent.Restart();
        _east.IsPatient = false;
        await EndedAsync(JobConditions.Complete);

        Both.SelectMany(agent => agent.Began).Select(run => run.Index).Skip(before.Count).Where(noted.Contains).ShouldBeEmpty();
    }

    [Fact]
    public async Task Failure_OneIndexGivenUp_TheOthersCompleteAndTheJobFails()
    {
        _east.Doomed = _west.Doomed = IndexSet.Of([2]);
        await _plane.CreateAsync(Sample.Job("work", completions: 5, parallelism: 5));

        var job = await EndedAsync(JobConditions.Failed);

        (job.Status.CompletedIndexes, job.Status.FailedIndexes).ShouldBe(("0-1,3-4", "2"));
        job.Status.Conditions.Find(JobConditions.Failed)!.Reason.ShouldBe("BackoffLimitExceeded");
        job.Status.CompletionTime.ShouldBeNull();
        await ToldAsync("BackoffLimitExceeded", "Warning");
    }

    [Fact]
    public async Task Deadline_Passed_TheJobFailsAndNothingRuns()
    {
        _east.IsPatient = _west.IsPatient = true;
        var sample = Sample.Job("work", completions: 4, parallelism: 2);
        await _plane.CreateAsync(sample with { Spec = sample.Spec with { ActiveDeadlineSeconds = 20 } });
        await _plane.UntilAsync(async () => (await ReadAsync()).Status.Active == 2, "two run", Both);

        await AdvanceAsync(TimeSpan.FromSeconds(22), Both);
        await _plane.UntilAsync(async () => (await ReadAsync()) is { IsFinished: true, Status.Active: 0 }, "the deadline ends it", Both);

        (await ReadAsync()).Status.Conditions.Find(JobConditions.Failed)!.Reason.ShouldBe("DeadlineExceeded");
        Both.Sum(agent => agent.Running).ShouldBe(0);
    }

    [Fact]
    public async Task Suspend_AndResume_StopsAndGoesOn()
    {
        _east.IsPatient = _west.IsPatient = true;
        await _plane.CreateAsync(Sample.Job("work", completions: 4, parallelism: 2));
        await _plane.UntilAsync(async () => (await ReadAsync()).Status.Active == 2, "two run", Both);

        await _plane.PatchAsync(Key, """{"spec":{"suspend":true}}""");
        await _plane.UntilAsync(async () => (await ReadAsync()) is { Status: { Active: 0, StartTime: null } status } && status.Conditions.IsTrue(JobConditions.Suspended), "nothing runs", Both);
        Both.Sum(agent => agent.Running).ShouldBe(0);

        _east.IsPatient = _west.IsPatient = false;
        await _plane.PatchAsync(Key, """{"spec":{"suspend":false}}""");
        var job = await EndedAsync(JobConditions.Complete);
        job.Status.Conditions.Find(JobConditions.Suspended)!.Status.ShouldBe(ConditionStatus.False);
    }

    [Fact]
    public async Task Ttl_AfterTheEnd_TheJobIsDeleted()
    {
        var sample = Sample.Job("work");
        await _plane.CreateAsync(sample with { Spec = sample.Spec with { TtlSecondsAfterFinished = 30 } });
        await EndedAsync(JobConditions.Complete);

        await AdvanceAsync(TimeSpan.FromSeconds(28), Both);
        (await _plane.ReadAsync<Job>(Key)).ShouldNotBeNull();
        await AdvanceAsync(TimeSpan.FromSeconds(4), Both);

        await _plane.UntilAsync(async () => await _plane.ReadAsync<Job>(Key) is null, "its time is over", Both);
    }

    [Fact]
    public async Task Write_TemplateOrCompletionsOfAJob_IsRefused()
    {
        _east.IsPatient = _west.IsPatient = true;
        await _plane.CreateAsync(Sample.Job("work", completions: 4));

        (await _plane.PatchAsync(Key, """{"spec":{"completions":5}}""")).Failure?.Message.ShouldNotBeNull().ShouldContain("spec.completions");
        (await _plane.PatchAsync(Key, """{"spec":{"template":{"spec":{"restartPolicy":"OnFailure"}}}}""")).Failure?.Message.ShouldNotBeNull().ShouldContain("spec.template");
        (await _plane.PatchAsync(Key, """{"spec":{"parallelism":2}}""")).Failure.ShouldBeNull();
    }

    private async Task<Job> ReadAsync() => (await _plane.ReadAsync<Job>(Key))!;

    private async Task<Job> EndedAsync(string condition)
    {
        await _plane.UntilAsync(async () => (await ReadAsync()).Status.Conditions.IsTrue(condition), $"the job is {condition}", Both);
        return await ReadAsync();
    }

    private Task ToldAsync(string reason, string type) => _plane.UntilAsync(
        async () =>
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1), Both);
            return (await _plane.ReadEventsAsync()).Any(note => note.Reason == reason && note.Type == type && note.InvolvedObject.Name == "work");
        },
        $"an event says {reason}");

    private Task AdvanceAsync(TimeSpan time, params FakeAgent[] agents) => _plane.PassAsync(time, TimeSpan.FromSeconds(2), agents);
}
