using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Works;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Tests.Pods;

/// <summary>Pods that run to their end: which indexes get one next, and what is said of those that ended.</summary>
public sealed class CompletionPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Plan_NothingRuns_BeginsTheLowestIndexesAsManyAsAreToRunAtOnce()
    {
        var actions = Plan(Job("2-9", parallelism: 3)).Actions;

        actions.OfType<PodAction.Create>().Select(create => (create.Ordinal, create.Attempt)).ShouldBe([(2, 0), (3, 0), (4, 0)]);
        actions.Length.ShouldBe(3);
    }

    [Fact]
    public void Plan_OneEndedWell_ItStaysAndTheNextIndexBegins()
    {
        var work = Job("0-3", parallelism: 2);

        var plan = Plan(work, Pod(work, 0, Ended(0)), Pod(work, 1, Running()));

        plan.Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Create>().Ordinal.ShouldBe(2);
    }

    [Fact]
    public void Plan_IndexIsAskedForNoMore_EndedPodStaysForItsLogsAndARunningOneStops()
    {
        var work = Job("5", parallelism: 2);

        var plan = Plan(work, Pod(work, 0, Ended(0)), Pod(work, 1, Running()), Pod(work, 5, Running()));

        plan.Actions.ShouldHaveSingleItem().ShouldBe(new PodAction.Stop("p-1-0", TimeSpan.FromSeconds(30), "NotAskedFor"));
    }

    [Fact]
    public void Plan_NeverRestarted_FailureMakesANewPodAfterTheBackOff()
    {
        var work = Job("0", parallelism: 1, backoffLimit: 3);
        var pods = new[] { Pod(work, 0, Ended(1)), Pod(work, 0, Ended(1), attempt: 1) };

        var waiting = Plan(work, pods);
        waiting.Actions.ShouldBeEmpty();
        waiting.NextLook.ShouldBe(Now.AddSeconds(-1) + CrashBackOff.Delay(2));
        Plan(work, Now.AddMinutes(1), pods).Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Create>().ShouldSatisfyAllConditions(
            create => create.Ordinal.ShouldBe(0), create => create.Attempt.ShouldBe(2), create => create.Pod.ShouldEndWith("-0-2"));
    }

    [Fact]
    public void Plan_FailedOftenerThanTriedAgain_IsGivenUpAndReported()
    {
        var work = Job("0-1", parallelism: 1, backoffLimit: 1);
        var pods = ImmutableArray.Create(Pod(work, 0, Ended(1)), Pod(work, 0, Ended(2), attempt: 1));

        Plan(work, Now.AddHours(1), [.. pods]).Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Create>().Ordinal.ShouldBe(1);

        var status = Status(work, pods);
        (status.Succeeded, status.Failed).ShouldBe((null, "0"));
    }

    [Fact]
    public void Plan_RestartedInPlace_IsGivenUpAfterItsRetries()
    {
        var work = Job("0", parallelism: 1, backoffLimit: 2, policy: "OnFailure");

        Plan(work, Now.AddHours(1), Limited(Pod(work, 0, Ended(1, restarts: 1)), 2)).Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Run>().Restarts.ShouldBe(2);
        Plan(work, Now.AddHours(1), Limited(Pod(work, 0, Running(restarts: 2)), 2)).Actions.ShouldBeEmpty("the last try runs");

        var over = Limited(Pod(work, 0, Ended(1, restarts: 2)), 2);
        Plan(work, Now.AddHours(1), over).Actions.ShouldBeEmpty();
        over.Outcome.ShouldBe(PodOutcome.Failed);
        Status(work, [over]).Failed.ShouldBe("0");
    }

    [Fact]
    public void Plan_DeadlinePassed_NothingBeginsAndWhatRunsStops()
    {
        var work = Job("0-3", parallelism: 2);
        work = work with { Completions = work.Completions! with { Deadline = Now } };

        var plan = Plan(work, Pod(work, 0, Running()));

        plan.Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Stop>().Why.ShouldBe("DeadlineExceeded");
    }

    [Fact]
    public void Plan_FewerAtOnce_StopsTheHighestIndexes()
    {
        var work = Job("0-3", parallelism: 1);

        var plan = Plan(work, Pod(work, 0, Running()), Pod(work, 1, Running()));

        plan.Actions.ShouldHaveSingleItem().ShouldBe(new PodAction.Stop("p-1-0", TimeSpan.FromSeconds(30), "ParallelismLowered"));
    }

    [Fact]
    public void Plan_PodOfAnIndexStillStops_NoOtherOfThatIndexBegins()
    {
        var work = Job("0-1", parallelism: 2);

        var plan = Plan(work, Pod(work, 0, Running()) with { IsStopping = true, IsBusy = true });

        plan.Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Create>().Ordinal.ShouldBe(1);
    }

    [Fact]
    public void Status_WorkIsNotHeld_StillSaysWhatWasCompleted()
    {
        var work = Job("0-3", parallelism: 2);

        WorkView.Of("uid-web", held: null, [Pod(work, 1, Ended(0)), Pod(work, 3, Ended(0)), Pod(work, 2, Running())], isConverged: true, outside: null, Now)
            .ShouldSatisfyAllConditions(status => status.Succeeded.ShouldBe("1,3"), status => status.Running.ShouldBe(1), status => status.Orphan.ShouldBeTrue());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Plan_FollowedToTheEnd_EveryIndexEndsAndNeverTwoPodsOfOneRun(int seed)
    {
        var random = new Random(seed);
        for (var world = 0; world < 40; world++)
        {
            var (count, parallelism) = (random.Next(1, 12), random.Next(1, 5));
            var work = Job($"0-{count}", parallelism, backoffLimit: 1_000, policy: random.Next(2) == 0 ? "Never" : "OnFailure");
            var pods = new Dictionary<string, ObservedPod>();
            var now = Now;
            for (var turn = 0; turn < 2_000 && !CompletionPlanner.Succeeded([.. pods.Values]).Equals(IndexSet.Below(count + 1)); turn++, now += TimeSpan.FromMinutes(6))
            {
                foreach (var action in Plan(work, now, [.. pods.Values]).Actions)
                {
                    if (action is PodAction.Create create)
                        pods.Add(create.Pod, Limited(ObservedPod.Create(PodContainers.NewIdentity(work, create, create.Pod), []), 1_000));
                    else if (action is PodAction.Run run)
                        pods[run.Pod] = pods[run.Pod].With(Running(run.Restarts, now));
                    else
                        throw new InvalidOperationException($"{action} is not called for.");
                }

                var running = pods.Values.Where(pod => pod.Outcome is null).ToList();
                running.Count.ShouldBeLessThanOrEqualTo(parallelism);
                running.Select(pod => pod.Identity.Ordinal).ShouldBeUnique();
                foreach (var pod in running.Where(pod => pod.IsRunning && random.Next(2) == 0))
                    pods[pod.Name] = pod.With(Ended(random.Next(2), pod.Latest[0].Restarts, now));
            }

            CompletionPlanner.Succeeded([.. pods.Values]).ShouldBe(IndexSet.Below(count + 1));
            var end = Plan(work, now.AddHours(1), [.. pods.Values]);
            end.Actions.ShouldAllBe(action => action is PodAction.Remove);
        }
    }

    private static PodPlan Plan(Work work, params ObservedPod[] pods) => Plan(work, Now, pods);

    private static PodPlan Plan(Work work, DateTimeOffset now, params ObservedPod[] pods) =>
        PodPlanner.Plan(new DesiredPods.Run(work), [.. pods], new PlanContext(now, "c1"));

    private static WorkStatus Status(Work work, ImmutableArray<ObservedPod> pods) =>
        WorkView.Of(work.Uid, new HeldWork { Work = work }, pods, isConverged: true, outside: null, Now);

    private static Work Job(string indexes, int parallelism, int backoffLimit = 6, string policy = "Never") => TestWorks.Web(0) with
    {
        Kind = "Job",
        Mode = WorkMode.Completions,
        Completions = new WorkCompletions { Indexes = indexes, Parallelism = parallelism, BackoffLimit = backoffLimit },
        Template = new PodTemplate { Spec = new PodSpec { RestartPolicy = policy, Containers = [new ContainerSpec { Name = "main", Image = TestWorks.Image }] } },
    };

    private static ObservedPod Pod(Work work, int index, ObservedContainer container, int attempt = 0) =>
        ObservedPod.Create(PodContainers.NewIdentity(work, new PodAction.Create($"p-{index}-{attempt}", index, attempt), "uid"), [container]);

    private static ObservedPod Limited(ObservedPod pod, int limit) => pod with { BackoffLimit = limit };

    private static ObservedContainer Running(int restarts = 0, DateTimeOffset? since = null) => new()
    {
        Id = $"main-{restarts}",
        Slot = "main",
        State = ContainerState.Running,
        CreatedAt = since ?? Now.AddMinutes(-1),
        StartedAt = since ?? Now.AddMinutes(-1),
        Restarts = restarts,
        Readiness = Readiness.Ready,
    };

    private static ObservedContainer Ended(int exitCode, int restarts = 0, DateTimeOffset? at = null) => Running(restarts) with
    {
        State = ContainerState.Exited,
        FinishedAt = at ?? Now.AddSeconds(-1),
        ExitCode = exitCode,
    };
}

internal static class PodTestExtensions
{
    /// <summary>The pod with this container as its only one.</summary>
    public static ObservedPod With(this ObservedPod pod, ObservedContainer container) => ObservedPod.Create(pod.Identity, [container]) with { BackoffLimit = pod.BackoffLimit };
}
