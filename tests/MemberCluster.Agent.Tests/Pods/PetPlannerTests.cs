using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Pods;

public sealed class PetPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Fence Permitted = Left(9);

    private static Fence Left(double left, double? startLeft = null) => new(TimeSpan.FromSeconds(left), TimeSpan.FromSeconds(startLeft ?? left), TimeSpan.FromSeconds(10));

    /// <summary>The grace period is 2 s.</summary>
    private static Work Work(params WorkPet[] run) => PetMachine.Pets(run);

    private static ObservedPod Pod(int ordinal, long epoch = 1, ContainerState state = ContainerState.Running, string hash = "hash-1") => ObservedPod.Create(
        new PodIdentity
        {
            Name = $"db-{ordinal}",
            Uid = $"pod-{ordinal}",
            WorkUid = "uid-db",
            Kind = "PetSet",
            Namespace = "default",
            Owner = "db",
            TemplateHash = hash,
            Revision = 1,
            Ordinal = ordinal,
            Epoch = epoch,
            IsFenced = true,
            Grace = TimeSpan.FromSeconds(2),
            Containers = 1,
        },
        [new ObservedContainer { Id = $"c-{ordinal}", Slot = "main", State = state, CreatedAt = Now, StartedAt = Now, FinishedAt = state == ContainerState.Exited ? Now : null, ExitCode = 1 }]);

    private static PodPlan Plan(Work? work, Fence fence, IReadOnlyDictionary<int, long>? epochs = null, params ObservedPod[] pods) => PodPlanner.Plan(
        work is null ? new DesiredPods.Unheld() : new DesiredPods.Run(work), [.. pods], new PlanContext(Now, "c1") { Fence = fence, Epochs = epochs ?? ImmutableDictionary<int, long>.Empty });

    [Fact]
    public void Plan_NamedAndMissing_IsMade()
    {
        var plan = Plan(Work(PetMachine.Pet(3, epoch: 7)), Permitted);
        plan.Actions.ShouldHaveSingleItem().ShouldBe(new PodAction.Create("db-3", 3) { Epoch = 7, TemplateHash = "hash-1" });
    }

    [Fact]
    public void Plan_RunsAsNamed_NothingButALookBeforeItMustStop()
    {
        var plan = Plan(Work(PetMachine.Pet(0)), Permitted, null, Pod(0));
        plan.Actions.ShouldBeEmpty();
        plan.IsConverged.ShouldBeTrue();
        // 9 s are left; 2 s of grace and the reserve must fit in.
        plan.NextLook.ShouldBe(Now.AddSeconds(6.5));
    }

    [Theory]
    [InlineData(1, 1, "hash-1", null)]
    [InlineData(1, 2, "hash-1", "EpochRaised")]
    [InlineData(2, 1, "hash-1", null)]
    [InlineData(1, 1, "hash-2", "TemplateChanged")]
    [InlineData(2, 1, "hash-2", null)]
    public void Plan_RunsOtherwiseThanNamed_IsStoppedFirst(long runs, long named, string hash, string? why)
    {
        var work = Work(PetMachine.Pet(0, named, hash));
        var plan = Plan(work with { TemplateHash = hash }, Permitted, null, Pod(0, runs));
        (plan.Actions.SingleOrDefault() as PodAction.Stop)?.Why.ShouldBe(why);
        plan.Actions.Length.ShouldBe(why is null ? 0 : 1);
    }

    [Fact]
    public void Plan_NotNamed_IsStopped() => Plan(Work(), Permitted, null, Pod(0)).Actions.ShouldHaveSingleItem().ShouldBe(new PodAction.Stop("db-0", TimeSpan.FromSeconds(2), "NotAskedFor"));

    [Fact]
    public void Plan_StillStopping_NothingTakesItsPlace() =>
        Plan(Work(PetMachine.Pet(0)), Permitted, null, Pod(0) with { IsStopping = true, IsBusy = true }).Actions.ShouldBeEmpty();

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    public void Plan_EpochsThatRan_LowerOnesAreNotMade(long named, bool isMade) =>
        Plan(Work(PetMachine.Pet(0, named)), Permitted, new Dictionary<int, long> { [0] = 5 }).Actions.Length.ShouldBe(isMade ? 1 : 0);

    [Theory]
    [InlineData(2.6, 2.6, 0, false)]   // runs: 2 s of grace and 0.5 s of reserve are left
    [InlineData(2.5, 2.5, 1, false)]
    [InlineData(9, 0, 0, false)]       // inherited: it may run, and nothing may start
    [InlineData(3.0, 3.0, 0, false)]
    [InlineData(3.1, 3.1, 0, true)]    // starts: another reserve is left
    public void Plan_LittleTimeLeft_StopsAndStartsNothing(double left, double startLeft, int stops, bool starts)
    {
        var fence = Left(left, startLeft);
        var running = Plan(Work(PetMachine.Pet(0)), fence, null, Pod(0));
        running.Actions.Length.ShouldBe(stops);
        running.IsHeldBack.ShouldBe(stops > 0);
        var missing = Plan(Work(PetMachine.Pet(0)), fence);
        missing.Actions.OfType<PodAction.Create>().Any().ShouldBe(starts);
        missing.IsHeldBack.ShouldBe(!starts);
        var dead = Plan(Work(PetMachine.Pet(0)), fence, null, Pod(0, state: ContainerState.Exited));
        dead.Actions.OfType<PodAction.Run>().Any().ShouldBe(starts);
    }

    [Fact]
    public void Plan_StopsForTheFence_WithinWhatIsLeft()
    {
        var pod = Pod(0) with { Identity = Pod(0).Identity with { Grace = TimeSpan.FromSeconds(30) } };
        var stop = Plan(Work(PetMachine.Pet(0)), Left(5.4), null, pod).Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Stop>();
        (stop.Why, stop.Drains).ShouldBe(("Fenced", false));
        stop.Grace.TotalSeconds.ShouldBe(4.9, 0.001);
    }

    [Fact]
    public void Plan_Unguarded_StartsNothing() => Plan(Work(PetMachine.Pet(0)), Permitted with { Unguarded = "no watchdog" }).Actions.ShouldBeEmpty();

    [Fact]
    public void Plan_NotFenced_NeedsNoPermission()
    {
        var work = Work(PetMachine.Pet(0));
        Plan(work with { Pets = work.Pets! with { IsFenced = false } }, Fence.Closed).Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Create>();
    }

    [Fact]
    public void Plan_Orphan_RunsOnWhilePermittedAndIsNotStartedAgain()
    {
        Plan(null, Permitted, null, Pod(0)).Actions.ShouldBeEmpty();
        Plan(null, Permitted, null, Pod(0, state: ContainerState.Exited)).Actions.ShouldBeEmpty();
        Plan(null, Left(2), null, Pod(0)).Actions.ShouldHaveSingleItem().ShouldBeOfType<PodAction.Stop>().Why.ShouldBe("Fenced");
    }

    [Fact]
    public void Plan_EachPetByItsOwnTemplate()
    {
        var work = Work(PetMachine.Pet(0), PetMachine.Pet(1, hash: "hash-0"));
        var earlier = new WorkTemplate { Hash = "hash-0", Template = work.Template };
        var plan = Plan(work with { Pets = work.Pets! with { Earlier = [earlier] } }, Permitted);
        plan.Actions.Cast<PodAction.Create>().Select(create => create.TemplateHash).ShouldBe(["hash-1", "hash-0"]);
        Plan(work, Permitted).Actions.ShouldHaveSingleItem("a template that nobody has makes no pod").ShouldBeOfType<PodAction.Create>().Ordinal.ShouldBe(0);
    }
}
