using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Pods;

public sealed class PodPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static PodIdentity Identity(int ordinal, string hash = "hash-1") => new()
    {
        Name = $"web-{hash}-{ordinal}",
        Uid = $"pod-{ordinal}",
        WorkUid = "uid-web",
        Kind = "App",
        Namespace = "default",
        Owner = "web",
        TemplateHash = hash,
        Revision = 1,
        Ordinal = ordinal,
        Grace = TimeSpan.FromSeconds(30),
    };

    private static ObservedContainer Container(int ordinal, Readiness readiness = Readiness.Ready, ContainerState state = ContainerState.Running) => new()
    {
        Id = $"c{ordinal}",
        Slot = "main",
        State = state,
        CreatedAt = Now.AddMinutes(-10 + ordinal),
        StartedAt = Now.AddMinutes(-10 + ordinal),
        Readiness = readiness,
    };

    private static ObservedPod Pod(int ordinal, Readiness readiness = Readiness.Ready, string hash = "hash-1") =>
        ObservedPod.Create(Identity(ordinal, hash), [Container(ordinal, readiness)]);

    private static PodPlan Plan(DesiredPods desired, params ObservedPod[] pods) => PodPlanner.Plan(desired, [.. pods], new PlanContext(Now, "c1"));

    private static DesiredPods.Run Run(int replicas, string hash = "hash-1") => new DesiredPods.Run(TestWorks.Web(replicas, hash: hash));

    [Fact]
    public void Plan_FewerPodsThanReplicas_CreatesWithTheLowestFreeOrdinals()
    {
        var plan = Plan(Run(4), Pod(1), Pod(3));
        plan.Actions.OfType<PodAction.Create>().Select(create => create.Ordinal).ShouldBe([0, 2]);
        plan.IsConverged.ShouldBeFalse();
    }

    [Fact]
    public void Plan_NameOfAStoppingPod_IsNotUsedAgain()
    {
        var plan = Plan(Run(1), Pod(0) with { IsStopping = true, IsBusy = true });
        plan.Actions.OfType<PodAction.Create>().Single().Ordinal.ShouldBe(1);
    }

    [Fact]
    public void Plan_EvictedPod_IsStoppedAndReplacedUnderAnotherName()
    {
        var plan = Plan(Run(2), Pod(0) with { EvictedWithin = TimeSpan.FromSeconds(3) }, Pod(1));

        plan.Actions.OfType<PodAction.Stop>().ShouldHaveSingleItem().ShouldBe(new PodAction.Stop("web-hash-1-0", TimeSpan.FromSeconds(3), "Evicted"));
        plan.Actions.OfType<PodAction.Create>().ShouldHaveSingleItem().Ordinal.ShouldBe(2);
        plan.IsConverged.ShouldBeFalse();
    }

    [Fact]
    public void Plan_EvictedOrphan_IsStoppedAndNotReplaced() =>
        Plan(new DesiredPods.Unheld(), Pod(0) with { EvictedWithin = TimeSpan.Zero }, Pod(1)).Actions
            .ShouldHaveSingleItem().ShouldBe(new PodAction.Stop("web-hash-1-0", TimeSpan.Zero, "Evicted"));

    [Fact]
    public void Plan_EvictedPodThatStopsAlready_StopsOnceMoreOnlyToHurry()
    {
        var stopping = Pod(0) with { IsStopping = true, IsBusy = true, EvictedWithin = TimeSpan.Zero };

        Plan(Run(0), stopping).Actions.ShouldBeEmpty();
        Plan(Run(0), stopping with { MustHurry = true }).Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Stop>().Grace.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Plan_ScaledDown_StopsTheUnreadyFirstThenTheNewest()
    {
        var plan = Plan(Run(1), Pod(0), Pod(1, Readiness.NotReady), Pod(2), Pod(3));
        plan.Actions.OfType<PodAction.Stop>().Select(stop => stop.Pod).ShouldBe(["web-hash-1-1", "web-hash-1-3", "web-hash-1-2"]);
    }

    [Fact]
    public void Plan_TemplateChanged_CreatesOneMoreAndStopsNothingReady()
    {
        var plan = Plan(Run(2, "hash-2"), Pod(0), Pod(1));
        plan.Actions.OfType<PodAction.Create>().Count().ShouldBe(1);
        plan.Actions.OfType<PodAction.Stop>().ShouldBeEmpty();
    }

    [Fact]
    public void Plan_TemplateChangedAndNewPodReady_StopsOneOldPod()
    {
        var plan = Plan(Run(2, "hash-2"), Pod(0), Pod(1), Pod(2, hash: "hash-2"));
        plan.Actions.OfType<PodAction.Stop>().Count().ShouldBe(1);
    }

    [Fact]
    public void Plan_AdoptedPodsNotProbedYet_AreNeitherReadyNorUnready()
    {
        // Neither is the old pod stopped for being unready, nor one for the sake of a new pod that may not be ready.
        var plan = Plan(Run(1, "hash-2"), Pod(0, Readiness.Assumed), Pod(1, Readiness.Assumed, "hash-2"));
        plan.Actions.ShouldBeEmpty();
        plan.IsConverged.ShouldBeFalse();
    }

    [Fact]
    public void Plan_OldPodIsUnready_MakesRoomAtOnce()
    {
        var plan = Plan(Run(1, "hash-2"), Pod(0, Readiness.NotReady));
        plan.Actions.OfType<PodAction.Stop>().Single().Pod.ShouldBe("web-hash-1-0");
        plan.Actions.OfType<PodAction.Create>().Count().ShouldBe(1);
    }

    [Fact]
    public void Plan_Tombstone_StopsEveryPodAndIsConvergedOnlyWithoutAny()
    {
        var remove = new DesiredPods.Remove("Deleted");
        Plan(remove, Pod(0), Pod(1) with { IsBusy = true }).Actions.OfType<PodAction.Stop>().Select(stop => stop.Pod).ShouldBe(["web-hash-1-0", "web-hash-1-1"]);
        Plan(remove, Pod(0) with { IsStopping = true, IsBusy = true }).IsConverged.ShouldBeFalse();
        Plan(remove).IsConverged.ShouldBeTrue();
    }

    [Fact]
    public void Plan_StopFailed_IsTriedAgainWhenItsTimeHasCome()
    {
        var failure = new SlotFailure("", "RunFailed", "", 1, Now.AddSeconds(1));
        var pod = Pod(0) with { IsStopping = true, Failures = [failure] };
        var waiting = Plan(new DesiredPods.Remove("Deleted"), pod);
        waiting.Actions.ShouldBeEmpty();
        waiting.NextLook.ShouldBe(Now.AddSeconds(1));
        Plan(new DesiredPods.Remove("Deleted"), pod with { Failures = [failure with { NotBefore = Now }] }).Actions.Single().ShouldBeOfType<PodAction.Stop>();
    }

    [Fact]
    public void Plan_ContainerWasMadeAndNotStarted_IsStartedAndAfterAFailureRemoved()
    {
        var made = Container(0, state: ContainerState.Created) with { StartedAt = null };
        var pod = ObservedPod.Create(Identity(0), [made]);
        Plan(Run(1), pod).Actions.Single().ShouldBe(new PodAction.Start("web-hash-1-0", "main", "c0"));
        var failed = pod with { Failures = [new SlotFailure("main", "EngineFault", "task exists", 1, Now.AddSeconds(1))] };
        Plan(Run(1), failed).Actions.Single().ShouldBe(new PodAction.Remove("web-hash-1-0", "c0"));
        Plan(new DesiredPods.Unheld(), failed with { Failures = [failed.Failures[0] with { NotBefore = Now }] }).Actions.Single()
            .ShouldBe(new PodAction.Stop("web-hash-1-0", TimeSpan.Zero, "Unknown"), "it never ran, and nobody asks for it");
    }

    [Fact]
    public void Plan_RemovalFailed_IsTriedAgainWhenItsTimeHasCome()
    {
        var dead = Enumerable.Range(0, 2).Select(index => Container(index, state: ContainerState.Exited) with { Restarts = index, FinishedAt = Now.AddHours(-1) });
        var pod = ObservedPod.Create(Identity(0), [Container(2) with { Restarts = 2 }, .. dead]) with { Failures = [new SlotFailure("", "EngineFault", "busy", 1, Now.AddSeconds(1))] };
        var plan = Plan(Run(1), pod);
        plan.Actions.ShouldBeEmpty();
        plan.NextLook.ShouldBe(Now.AddSeconds(1));
    }

    [Fact]
    public void Plan_CreationsPaused_RunsNothingNewUntilThen()
    {
        var pod = ObservedPod.Create(Identity(0), []);
        var plan = PodPlanner.Plan(Run(1), [pod], new PlanContext(Now, "c1", Now.AddSeconds(4)));
        plan.Actions.ShouldBeEmpty();
        plan.NextLook.ShouldBe(Now.AddSeconds(4));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(9, 256)]
    [InlineData(10, 300)]
    [InlineData(99, 300)]
    public void Plan_ContainerCrashed_ItsReplacementWaitsByItsLevel(int level, int seconds)
    {
        var dead = Container(0, state: ContainerState.Exited) with { CrashLevel = level, Restarts = level, StartedAt = Now.AddSeconds(-1), FinishedAt = Now };
        var pod = ObservedPod.Create(Identity(0), [dead]);
        var before = PodPlanner.Plan(Run(1), [pod], new PlanContext(Now.AddSeconds(seconds - 0.001), "c1"));
        if (seconds > 0)
        {
            before.Actions.ShouldBeEmpty();
            before.NextLook.ShouldBe(Now.AddSeconds(seconds));
        }

        PodPlanner.Plan(Run(1), [pod], new PlanContext(Now.AddSeconds(seconds), "c1")).Actions.Single()
            .ShouldBe(new PodAction.Run("web-hash-1-0", "main", level + 1, level + 1, null));
    }

    [Fact]
    public void Plan_ContainerRanLongBeforeItCrashed_CountsFromTheStart()
    {
        var dead = Container(0, state: ContainerState.Exited) with { CrashLevel = 7, Restarts = 9, StartedAt = Now.AddMinutes(-10), FinishedAt = Now };
        Plan(Run(1), ObservedPod.Create(Identity(0), [dead])).Actions.Single().ShouldBe(new PodAction.Run("web-hash-1-0", "main", 10, 1, null));
    }

    [Fact]
    public void Plan_ManyDeadContainers_KeepsTheNewestOfThem()
    {
        var running = Container(3) with { Restarts = 3 };
        var dead = Enumerable.Range(0, 3).Select(index => Container(index, state: ContainerState.Exited) with { Restarts = index, FinishedAt = Now.AddHours(-1) });
        Plan(Run(1), ObservedPod.Create(Identity(0), [running, .. dead])).Actions.Single().ShouldBe(new PodAction.Remove("web-hash-1-0", "c1"));
        Plan(Run(1), ObservedPod.Create(Identity(0), [running, .. dead.Where(container => container.Restarts == 2)])).IsConverged.ShouldBeTrue();
    }

    [Fact]
    public void Of_AnyWork_IsAHostNameAndDiffersByClusterUidTemplateAndOrdinal()
    {
        var work = TestWorks.Web(1) with { Name = new string('a', 63) };
        string[] names =
        [
            PodNames.Of("c1", work, 0), PodNames.Of("c2", work, 0), PodNames.Of("c1", work, 1),
            PodNames.Of("c1", work with { TemplateHash = "other" }, 0), PodNames.Of("c1", work with { Uid = "other" }, 0),
        ];
        names.Distinct().Count().ShouldBe(5);
        names.ShouldAllBe(name => name.Length <= 63 && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'));
        PodNames.Of("c1", work, 0).ShouldBe(names[0]);
    }
}
