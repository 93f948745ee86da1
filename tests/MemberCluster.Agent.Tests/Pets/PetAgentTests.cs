using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Pets;

/// <summary>A node agent with pets, on a fake machine: what it starts, what it stops, and what it says.</summary>
public sealed class PetAgentTests : IAsyncLifetime
{
    private readonly PetMachine _machine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _machine.DisposeAsync();

    [Fact]
    public async Task Run_NamedPets_RunAsNamed()
    {
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0), PetMachine.Pet(3, epoch: 7)));
        _machine.Start();
        await _machine.UntilReadyAsync(0, 3);

        _machine.ControlPlane.Pods.Select(pod => pod.Metadata.Name).Order().ShouldBe(["db-0", "db-3"]);
        var labels = _machine.Of(3).Labels;
        (labels[PodLabels.Epoch], labels[PodLabels.Fenced], labels[PodLabels.Pod]).ShouldBe(("7", "true", "db-3"));
        _machine.Pet(3).ShouldBe(new WorkPetStatus { Ordinal = 3, Epoch = 7, TemplateHash = "hash-1", Node = "us-east-1.fake", Phase = WorkPetPhase.Ready });
        var record = _machine.Watchdog.Read()!;
        record.Pets.Select(pet => pet.Id).ShouldBe(_machine.Alive.Select(container => container.Id), ignoreOrder: true);
    }

    [Fact]
    public async Task Run_RestOfAnEarlierPodAppearsDuringThePull_NothingIsMadeBeforeItIsGone()
    {
        const string image = "registry.test/web:1";
        _machine.Engine.AddRegistryImage(image);
        _machine.Engine.Faults.Delay(FakeOperation.PullImage, TimeSpan.FromSeconds(5), times: 1);
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0)).WithSpec(spec => spec with { Containers = [spec.Containers[0] with { Image = image }] }));
        _machine.Start();
        await _machine.UntilAsync(() => _machine.ControlPlane.Events.Any(told => told.Reason == "Pulling"), "it is pulled");
        // As a hung engine brings it to light: it carries the pet's labels and not the cluster's, so only the engine knows of it.
        var labels = ImmutableDictionary<string, string>.Empty.Add(PodLabels.Uid, "uid-db").Add(PodLabels.Ordinal, "0").Add(PodLabels.PodUid, "earlier");
        var left = await _machine.Engine.Connect().Containers.CreateAsync(new ContainerSpec { Name = "left", Image = TestWorks.Image, Labels = labels }, CancellationToken.None);

        await _machine.UntilAsync(() => _machine.Engine.Has(image), "it is there");
        await _machine.PassAsync(TimeSpan.FromSeconds(3));
        _machine.Containers.ShouldHaveSingleItem().Id.ShouldBe(left);

        await _machine.Engine.Connect().Containers.RemoveAsync(left, force: true, CancellationToken.None);
        await _machine.UntilReadyAsync(0);
    }

    [Fact]
    public async Task Run_CutOff_StopsGracefullyInTimeAndComesBackByItself()
    {
        await StartAsync(PetMachine.Pet(0));
        var before = _machine.Of(0);
        CutAndCount();
        await _machine.PassAsync(TimeSpan.FromSeconds(3));
        _machine.Alive.Length.ShouldBe(1, "several heartbeats fit into one permission");

        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it is stopped");
        _machine.Time.GetTimestamp().ShouldBeLessThan(_machine.Permitted!.Value.Ticks);
        _machine.Watchdog.TakeNews().ShouldBeEmpty("the agent did it");
        await _machine.PassAsync(TimeSpan.FromSeconds(20));
        _machine.Alive.ShouldBeEmpty();

        Heal();
        await _machine.UntilReadyAsync(0);
        _machine.Of(0).Labels[PodLabels.Epoch].ShouldBe("1");
        _machine.Of(0).Id.ShouldNotBe(before.Id);
    }

    [Fact]
    public async Task Run_PodIgnoresTheStopSignal_IsKilledBeforeThePermissionEnds()
    {
        _machine.Engine.AddImage(TestWorks.Image, FakeProgram.Forever with { StopsAfter = null });
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0)).WithSpec(spec => spec with { TerminationGracePeriodSeconds = 3600 }));
        _machine.Start();
        await _machine.UntilReadyAsync(0);
        CutAndCount();

        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it is killed");
        _machine.Watchdog.TakeNews().ShouldBeEmpty("the agent did it");
    }

    [Fact]
    public async Task Run_EngineHangsWhenThePermissionEnds_IsKilledByItsProcess()
    {
        await StartAsync(PetMachine.Pet(0));
        _machine.Engine.Faults.Delay(FakeOperation.StopContainer, TimeSpan.FromHours(1));
        CutAndCount();

        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it is killed");
        _machine.Watchdog.TakeNews().ShouldBeEmpty("the agent did it");
    }

    [Fact]
    public async Task Run_AgentIsKilled_TheWatchdogEndsThePetAndTheNextAgentTellsOfIt()
    {
        await StartAsync(PetMachine.Pet(0));
        _machine.Permitted = new DateTimeOffset(_machine.Time.GetTimestamp(), TimeSpan.Zero) + TimeSpan.FromSeconds(10);
        await _machine.KillAsync();
        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it is ended");
        _machine.Permitted = null;

        _machine.Start();
        await _machine.UntilAsync(() => _machine.ControlPlane.Events.Any(told => told.Reason == "PetsEnded"), "the news are told");
        await _machine.UntilReadyAsync(0);
    }

    [Fact]
    public async Task Run_AgentIsBackQuickly_ThePetIsNotTouched()
    {
        await StartAsync(PetMachine.Pet(0));
        var before = _machine.Of(0).Id;
        for (var i = 0; i < 3; i++)
        {
            await _machine.KillAsync();
            await _machine.PassAsync(TimeSpan.FromSeconds(4));
            var reports = _machine.ControlPlane.Reports.Count;
            _machine.Start();
            await _machine.UntilAsync(() => _machine.ControlPlane.Reports.Count > reports + 1, "the next agent has a permission of its own");
            await _machine.UntilReadyAsync(0);
        }

        await _machine.PassAsync(TimeSpan.FromSeconds(15));
        _machine.Of(0).Id.ShouldBe(before);
    }

    [Fact]
    public async Task Run_AgentIsBackButCutOff_ThePetEndsAtTheOldDeadline()
    {
        await StartAsync(PetMachine.Pet(0));
        CutAndCount();
        await _machine.StopAsync();
        await _machine.PassAsync(TimeSpan.FromSeconds(2));
        _machine.Start();
        await _machine.PassAsync(TimeSpan.FromSeconds(2));
        _machine.Alive.Length.ShouldBe(1, "the deadline is known");

        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it is stopped");
    }

    [Fact]
    public async Task Run_AgentStartsWithoutKnownDeadline_StopsAdoptedPets()
    {
        await StartAsync(PetMachine.Pet(0));
        await _machine.KillAsync();
        _machine.Watchdog.Dispose();
        _machine.NewWatchdog();
        _machine.ControlPlane.FenceSeconds = 0;
        _machine.Start();

        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "nobody permits it");
    }

    [Fact]
    public async Task Run_StreamIsNotAppliedUpToThePermission_NothingStarts()
    {
        _machine.ControlPlane.FenceFrom = 2;
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0)));
        _machine.Start();
        await _machine.UntilAsync(() => _machine.Pet(0)?.Reason == "Fenced", "it waits");
        await _machine.PassAsync(TimeSpan.FromSeconds(20));
        _machine.Engine.StartCount.ShouldBe(0);

        _machine.ControlPlane.Apply(TestWorks.Web(0, "uid-other"));
        await _machine.UntilReadyAsync(0);
    }

    [Fact]
    public async Task Run_NotAskedForAnyMore_IsNamedUntilItIsGone()
    {
        _machine.Engine.AddImage(TestWorks.Image, FakeProgram.Forever with { StopsAfter = TimeSpan.FromSeconds(1.5) });
        await StartAsync(PetMachine.Pet(0), PetMachine.Pet(1));
        var revision = _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0)));

        await _machine.UntilAsync(() => _machine.Status?.Revision == revision, "the work is reported");
        _machine.Pet(1)!.Phase.ShouldBe(WorkPetPhase.Stopping);
        await _machine.UntilAsync(() => _machine.Pet(1) is null, "it is gone");
        _machine.Containers.Length.ShouldBe(1);
    }

    [Fact]
    public async Task Run_ReleaseCannotBeStored_ThePetIsNamedAsARestartWouldFindIt()
    {
        await StartAsync(PetMachine.Pet(0), PetMachine.Pet(1));
        var works = Path.Combine(_machine.Data, "works");
        Directory.Move(works, works + ".away");
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0)));
        await _machine.UntilAsync(() => _machine.Containers.Length == 1, "it is gone");
        await _machine.PassAsync(TimeSpan.FromSeconds(2));
        _machine.Pet(1).ShouldNotBeNull();

        Directory.Move(works + ".away", works);
        await _machine.UntilAsync(() => _machine.Pet(1) is null, "it is stored");
    }

    [Fact]
    public async Task Run_EngineWasNeverAsked_TheStatusSpeaksOfNoRevision()
    {
        await StartAsync(PetMachine.Pet(0));
        await _machine.KillAsync();
        _machine.Engine.IsDown = true;
        _machine.ControlPlane.Apply(PetMachine.Pets());
        var reports = _machine.ControlPlane.Reports.Count;
        _machine.Start();
        await _machine.UntilAsync(() => _machine.ControlPlane.Reports.Skip(reports).Any(report => report.Works.Count > 0), "it reports");
        await _machine.PassAsync(TimeSpan.FromSeconds(3));
        _machine.ControlPlane.Reports.Skip(reports).SelectMany(report => report.Works).ShouldAllBe(work => work.Revision == 0);

        _machine.Engine.IsDown = false;
        await _machine.UntilAsync(() => _machine.Status is { Revision: 2, Pets.Count: 0 }, "it is known");
        _machine.Containers.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_LowerEpochThanBefore_IsNeverStarted()
    {
        await StartAsync(PetMachine.Pet(0, epoch: 5));
        _machine.ControlPlane.Apply(PetMachine.Pets());
        await _machine.UntilAsync(() => _machine.Containers.IsEmpty, "it is gone");
        await _machine.KillAsync();
        _machine.Start();
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0, epoch: 4)));
        await _machine.UntilAsync(() => _machine.Pet(0)?.Reason == "EpochPassed", "it says so");
        await _machine.PassAsync(TimeSpan.FromSeconds(5));
        _machine.Engine.StartCount.ShouldBe(1);
        _machine.Pet(0)!.Epoch.ShouldBe(5);

        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0, epoch: 6)));
        await _machine.UntilReadyAsync(0);
    }

    [Fact]
    public async Task Run_HigherEpoch_ReplacesThePet()
    {
        await StartAsync(PetMachine.Pet(0));
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0, epoch: 2)));
        await _machine.UntilAsync(() => _machine.Pet(0) is { Epoch: 2, Phase: WorkPetPhase.Ready }, "the next epoch runs");
    }

    [Fact]
    public async Task Run_TemplateOfOnePetChanges_OnlyThatOneIsReplacedInItsPlace()
    {
        await StartAsync(PetMachine.Pet(0), PetMachine.Pet(1));
        var other = _machine.Of(0).Id;
        var old = PetMachine.Pets(PetMachine.Pet(0), PetMachine.Pet(1, hash: "hash-2"));
        _machine.ControlPlane.Apply(old.WithContainer(container => container with { Image = "web:2" }) with
        {
            TemplateHash = "hash-2",
            Pets = old.Pets! with { Earlier = [new WorkTemplate { Hash = "hash-1", Template = old.Template }] },
        });

        await _machine.UntilAsync(() => _machine.Pet(1) is { TemplateHash: "hash-2", Phase: WorkPetPhase.Ready }, "it has the new template");
        _machine.Of(1).Image.ShouldBe("web:2");
        _machine.Of(0).Id.ShouldBe(other);
        _machine.Of(0).Image.ShouldBe("web:1");
    }

    [Fact]
    public async Task Evict_OnePet_IsStartedAgainInItsPlace()
    {
        await StartAsync(PetMachine.Pet(0));
        var pod = _machine.ControlPlane.Pods.Single();
        _machine.ControlPlane.Evict(new PodEviction { Namespace = "default", Name = "db-0", Uid = pod.Metadata.Uid!, GracePeriodSeconds = 1 });

        await _machine.UntilAsync(() => _machine.ControlPlane.Pods.Any(next => next.Metadata.Uid != pod.Metadata.Uid) && _machine.Pet(0)?.Phase == WorkPetPhase.Ready, "the next one is ready");
        _machine.ControlPlane.Pods.ShouldHaveSingleItem().Metadata.Name.ShouldBe("db-0");
    }

    [Fact]
    public async Task Run_ContainerEnds_IsReplacedUnderTheSameName()
    {
        _machine.Engine.ProgramFor = (spec, _) => new FakeProgram { Output = [new FakeOutput(OutputStream.StandardOutput, $"life {spec.Labels[AgentLabels.Restarts]}\n")] };
        await StartAsync(PetMachine.Pet(0));
        var before = _machine.Of(0);
        _machine.Engine.Crash(before.Id);

        await _machine.UntilAsync(() => _machine.Alive.Length == 1 && _machine.Pet(0)?.Phase == WorkPetPhase.Ready, "it runs again");
        _machine.Of(0).Name.ShouldBe(before.Name);
        _machine.Of(0).Labels[AgentLabels.Restarts].ShouldBe("1");

        _machine.ControlPlane.Ask(new StreamRequest { Id = "before", Kind = StreamKind.Logs, Namespace = "default", Pod = "db-0", Previous = true });
        await _machine.UntilAsync(() => _machine.ControlPlane.Answers.ContainsKey("before"), "the one that ended is asked for its log");
        _machine.ControlPlane.Answers["before"].ShouldBe("life 0\n");

        // One is kept.
        _machine.Engine.Crash(_machine.Of(0).Id);
        await _machine.UntilAsync(() => _machine.Alive.Length == 1 && _machine.Of(0).Labels[AgentLabels.Restarts] == "2" && _machine.Pet(0)?.Phase == WorkPetPhase.Ready, "it runs once more");
        _machine.Engine.Snapshot().Length.ShouldBe(2);
    }

    [Fact]
    public async Task Run_NoWatchdog_StartsNoFencedPetAndSaysSo()
    {
        _machine.HasWatchdog = false;
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0)));
        _machine.Start();
        await _machine.UntilAsync(() => _machine.Pet(0)?.Reason == "WatchdogMissing", "it says so");
        await _machine.UntilAsync(() => _machine.ControlPlane.Nodes.Single().Status.Conditions.Any(condition => condition is { Type: NodeConditions.PetsUnguarded, Status: ConditionStatus.True }), "the machine says so");
        _machine.Engine.StartCount.ShouldBe(0);
    }

    [Fact]
    public async Task Run_NoWatchdogAndThatIsAllowed_StopsByItself()
    {
        (_machine.HasWatchdog, _machine.AllowUnguarded) = (false, true);
        await StartAsync(PetMachine.Pet(0));
        CutAndCount();
        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it is stopped");
    }

    [Fact]
    public async Task Run_WatchdogCannotBeTold_NothingStarts()
    {
        _machine.Watchdog.IsFull = true;
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0)));
        _machine.Start();
        await _machine.UntilAsync(() => _machine.Pet(0)?.Reason == "WatchdogMissing", "it says so");
        _machine.Engine.StartCount.ShouldBe(0);

        _machine.Watchdog.IsFull = false;
        await _machine.UntilReadyAsync(0);
    }

    [Fact]
    public async Task Run_NotFenced_RunsOnWhateverHappens()
    {
        _machine.ControlPlane.FenceSeconds = 0;
        _machine.ControlPlane.Apply(Kept(PetMachine.Pet(0)));
        _machine.Start();
        await _machine.UntilReadyAsync(0);
        var before = _machine.Of(0).Id;
        _machine.ControlPlane.IsCut = true;
        await _machine.PassAsync(TimeSpan.FromSeconds(30));
        _machine.Of(0).Id.ShouldBe(before);
    }

    [Fact]
    public async Task Run_IsFencedNoMore_IsSparedByTheWatchdog()
    {
        await StartAsync(PetMachine.Pet(0));
        var before = _machine.Of(0).Id;
        _machine.ControlPlane.Apply(Kept(PetMachine.Pet(0)));
        await _machine.UntilAsync(() => _machine.Watchdog.Read()!.Exempt.Contains(before), "the watchdog knows");
        await _machine.KillAsync();
        await _machine.PassAsync(TimeSpan.FromSeconds(30));
        _machine.Of(0).Id.ShouldBe(before);
    }

    [Fact]
    public async Task Run_AgentLostItsDisk_PetsRunOnOnlyWhilePermitted()
    {
        await StartAsync(PetMachine.Pet(0));
        var before = _machine.Of(0).Id;
        await _machine.KillAsync();
        _machine.LoseData();
        _machine.ControlPlane.LoseMemory();
        _machine.Start();
        await _machine.PassAsync(TimeSpan.FromSeconds(20));
        _machine.Of(0).Id.ShouldBe(before);
        _machine.Status.ShouldNotBeNull().Orphan.ShouldBeTrue();

        CutAndCount();
        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it is stopped");
        Heal();
        await _machine.PassAsync(TimeSpan.FromSeconds(10));
        _machine.Alive.ShouldBeEmpty("nobody says where it belongs");
    }

    [Theory]
    [InlineData(7)]
    [InlineData(-7)]
    public async Task Run_ClockIsSet_NothingChanges(int hours)
    {
        await StartAsync(PetMachine.Pet(0));
        var before = _machine.Of(0).Id;
        _machine.Time.Jump(TimeSpan.FromHours(hours));
        await _machine.PassAsync(TimeSpan.FromSeconds(20));
        _machine.Of(0).Id.ShouldBe(before);
        CutAndCount();
        await _machine.UntilAsync(() => _machine.Alive.IsEmpty, "it is stopped");
    }

    [Fact]
    public async Task Run_AnotherPodOfThePetIsLeftAtTheEngine_ItGoesFirst()
    {
        await StartAsync(PetMachine.Pet(0));
        await _machine.KillAsync();
        _machine.ControlPlane.Apply(PetMachine.Pets(PetMachine.Pet(0, epoch: 2)));
        _machine.LoseData();
        _machine.Start();

        await _machine.UntilAsync(() => _machine.Pet(0) is { Epoch: 2, Phase: WorkPetPhase.Ready }, "the next epoch runs");
        _machine.Containers.ShouldHaveSingleItem().Labels[PodLabels.Epoch].ShouldBe("2");
    }

    private async Task StartAsync(params WorkPet[] pets)
    {
        _machine.ControlPlane.Apply(PetMachine.Pets(pets));
        _machine.Start();
        await _machine.UntilReadyAsync([.. pets.Select(pet => pet.Ordinal)]);
    }

    private static Work Kept(params WorkPet[] pets)
    {
        var work = PetMachine.Pets(pets);
        return work with { Pets = work.Pets! with { IsFenced = false } };
    }

    /// <summary>From here on nothing is permitted any more, and ten seconds later nothing may live.</summary>
    private void CutAndCount()
    {
        _machine.ControlPlane.IsCut = true;
        _machine.Permitted = new DateTimeOffset(_machine.Time.GetTimestamp(), TimeSpan.Zero) + TimeSpan.FromSeconds(10);
    }

    private void Heal()
    {
        _machine.Permitted = null;
        _machine.ControlPlane.IsCut = false;
    }
}
