using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Domain.Pets;
using Federation.Domain.Scheduling;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Pets;

public sealed class PetPlannerTests
{
    private static readonly (string, string)[] ThreeRegions = [("eu-1", "eu"), ("us-1", "us"), ("ap-1", "ap")];

    [Theory]
    [InlineData(3, "1 1 1")]
    [InlineData(5, "1 2 2")]
    [InlineData(7, "2 2 3")]
    public void Plan_ThreeRegions_NoneHasAMajority(int replicas, string perRegion)
    {
        var world = World(TestPets.Db(replicas, spec => spec with { PodManagementPolicy = PodManagementPolicy.Parallel }));

        Settle(world);

        string.Join(' ', world.Set.Status.Pets.GroupBy(pet => pet.Region).Select(group => group.Count()).Order()).ShouldBe(perRegion);
        world.Set.Status.Conditions.IsTrue(PetSetConditions.QuorumSpread).ShouldBeTrue();
    }

    [Fact]
    public void Plan_RegionHasMoreClusters_GetsNoMorePets()
    {
        var world = new PetWorld(TestPets.Db(3), 1, [("a", "eu"), ("b", "eu"), ("c", "eu"), ("d", "us"), ("e", "ap")]);

        Settle(world);

        world.Set.Status.Pets.Select(pet => pet.Region).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void Plan_ARegionComesLater_NothingMovesForTheBalance()
    {
        var world = World(TestPets.Db(4));
        world.Clusters[1].IsLinked = world.Clusters[2].IsLinked = false;
        world.Clusters[1].HeardAt = world.Clusters[2].HeardAt = -100;
        Settle(world);
        var before = world.Set.Status.Pets.Select(pet => (pet.Cluster, pet.Epoch)).ToList();
        world.Clusters[1].IsLinked = world.Clusters[2].IsLinked = true;

        Steps(world, 30);

        before.ShouldAllBe(pet => pet.Cluster == "eu-1");
        world.Set.Status.Pets.Select(pet => (pet.Cluster, pet.Epoch)).ShouldBe(before);
        world.Set.Status.Conditions.IsTrue(PetSetConditions.QuorumSpread).ShouldBeFalse();
    }

    [Fact]
    public void Plan_ClusterLost_ItsPetStartsElsewhereWithTheNextEpochOnceTheClusterIsFenced()
    {
        var world = World(TestPets.Db());
        Settle(world);
        var lost = world.Clusters.Single(cluster => cluster.Name == world.Set.Status.Pets[0].Cluster);
        var (lastHeard, cutAt) = (lost.PermittedAt, world.Now);
        lost.IsLinked = false;

        Until(world, () => world.Set.Status.Takeovers.Count > 0 && world.Set.Status.Takeovers[0].ReadyAt is not null);

        var receipt = world.Set.Status.Takeovers.ShouldHaveSingleItem();
        (receipt.Ordinal, receipt.From, receipt.Epoch, receipt.Cause, receipt.FreedBy).ShouldBe((0, lost.Name, 2, PetReleaseCause.Lost, PetFreedBy.Fence));
        var steps = new[] { receipt.DetectedAt, receipt.ReleasedAt, receipt.FreedAt, receipt.BoundAt, receipt.RunningAt, receipt.ReadyAt };
        steps.ShouldBe(steps.Order());
        (receipt.FreedAt!.Value - TestApps.Start).TotalSeconds.ShouldBe(lastHeard + PetWorld.PermissionSeconds + PetWorld.MarginSeconds, "not before the fence, and right after it");
        world.Now.ShouldBeLessThan(cutAt + 20);
    }

    [Fact]
    public void Plan_ClusterLostAndPetsHaveVolumes_TheyWaitAndRunOnWhenItIsBack()
    {
        var world = World(TestPets.Db(3, WithClaim));
        Settle(world);
        var before = world.Set.Status.Pets[0];
        var lost = world.Clusters.Single(cluster => cluster.Name == before.Cluster);
        lost.IsLinked = false;

        Steps(world, 60);
        (world.Set.Status.Pets[0].Phase, world.Set.Status.Pets[0].Cluster, world.Set.Status.Pets[0].Epoch).ShouldBe((PetPhase.Unknown, before.Cluster, 1));

        lost.IsLinked = true;
        Settle(world);
        (world.Set.Status.Pets[0].Cluster, world.Set.Status.Pets[0].Epoch).ShouldBe((before.Cluster, 1));
    }

    [Fact]
    public void Plan_MayStartEmptyButMostAreLost_TheyWaitForTheirVolumes()
    {
        var world = World(TestPets.Db(3, spec => WithClaim(spec) with { Placement = new PetPlacement { Failover = new PetFailover { Volumes = FailoverVolumes.Empty } } }));
        Settle(world);
        world.Clusters[0].IsLinked = world.Clusters[1].IsLinked = false;

        Steps(world, 60);
        world.Set.Status.Pets.ShouldAllBe(pet => pet.Epoch == 1, "with two of three lost, empty volumes could be filled by nobody");

        world.Clusters[1].IsLinked = true;
        Until(world, () => world.Set.Status.Pets.Count(pet => pet.Epoch == 2 && pet.Phase == PetPhase.Ready) == 1);
        world.Set.Status.Pets.ShouldNotContain(pet => pet.Cluster == world.Clusters[0].Name);
    }

    [Theory]
    [InlineData("m1", 2)]
    [InlineData(null, 1)]
    public void RaiseEpochs_PetWaitsForItsVolumes_OnlyAMachineCanBeLost(string? node, long epoch)
    {
        var world = World(TestPets.Db(3, spec => WithClaim(spec) with { Placement = new PetPlacement { Failover = new PetFailover { After = TimeSpan.Zero, Volumes = FailoverVolumes.Empty } } }));
        Settle(world);
        world.Store(world.Set with
        {
            Status = world.Set.Status with
            {
                Pets = [.. world.Set.Status.Pets.Select(pet => pet.Ordinal > 0 ? pet : pet with { Phase = PetPhase.WaitingForVolumes, Reason = WorkPetReasons.NodeAway, Since = world.Time, Node = node })],
            },
        });

        var plan = PetPlanner.Plan(world.Set, new PetsObserved(new PlacementObserved(world.Time, [.. world.Clusters.Select(world.Snapshot).OrderBy(cluster => cluster.Name, StringComparer.Ordinal)])));

        plan.Steps.NextStatus.Pets[0].Epoch.ShouldBe(epoch);
    }

    [Fact]
    public void Plan_KeptPetOfALostCluster_MovesOnlyByAPersonsWord()
    {
        var world = World(TestPets.Db(3, spec => spec with { PartitionPolicy = PartitionPolicy.Keep }));
        Settle(world);
        var pet = world.Set.Status.Pets[0];
        world.Clusters.Single(cluster => cluster.Name == pet.Cluster).IsLinked = false;
        Steps(world, 60);
        world.Set.Status.Pets[0].Epoch.ShouldBe(1);

        // A person saw to it that the machine is off.
        world.Clusters.Single(cluster => cluster.Name == pet.Cluster).Running.Clear();
        Say(world, new PetWord { Ordinal = 0, Epoch = 1, Kind = PetWordKind.Fence, By = "ann" });
        Until(world, () => world.Set.Status.Pets[0].Epoch == 2);

        world.Set.Status.Takeovers[0].FreedBy.ShouldBe(PetFreedBy.Person);
        world.Set.Status.Words.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_KeptPetIsSaidToBeDead_AsksForThePlanThatFreesIt()
    {
        var world = World(TestPets.Db(3, spec => spec with { PartitionPolicy = PartitionPolicy.Keep }));
        Settle(world);
        var pet = world.Set.Status.Pets[0];
        world.Clusters.Single(cluster => cluster.Name == pet.Cluster).IsLinked = false;
        Steps(world, 60);
        Say(world, new PetWord { Ordinal = 0, Epoch = 1, Kind = PetWordKind.Fence });

        var plan = PetPlanner.Plan(world.Set, new PetsObserved(new(world.Time, [.. world.Clusters.Select(world.Snapshot)]), new Dictionary<string, long>()));

        plan.NextStatus.Pets[0].Release!.FreedAt.ShouldBeNull("the release is not written yet");
        plan.Steps.DueAt.ShouldBe(world.Time, "nothing else would ask for the next plan: no cluster can be asked about a kept pet");
    }

    [Fact]
    public void Plan_KeptPetIsReleased_NoFenceFreesIt()
    {
        var world = World(TestPets.Db(3, spec => spec with { PartitionPolicy = PartitionPolicy.Keep }));
        Settle(world);
        var pet = world.Set.Status.Pets[0];
        world.Clusters.Single(cluster => cluster.Name == pet.Cluster).IsLinked = false;
        Say(world, new PetWord { Ordinal = 0, Epoch = 1, Kind = PetWordKind.Release });
        Steps(world, 3);

        var plan = PetPlanner.Plan(world.Set, new PetsObserved(new(world.Time, [.. world.Clusters.Select(world.Snapshot)]), new Dictionary<string, long> { [pet.Cluster!] = long.MaxValue }));

        plan.NextStatus.Pets[0].ShouldSatisfyAllConditions(kept => kept.Release!.FreedAt.ShouldBeNull(), kept => kept.Kept.ShouldBe(true));
        plan.AskFence.ShouldBeEmpty("nobody can tell");
    }

    [Fact]
    public void Plan_FenceIsSaidOfAClusterThatIsHeard_OnlyTheClustersWordCounts()
    {
        var world = World(TestPets.Db());
        Settle(world);
        Say(world, new PetWord { Ordinal = 1, Epoch = 1, Kind = PetWordKind.Fence });

        Settle(world);

        world.Set.Status.Takeovers.ShouldHaveSingleItem().FreedBy.ShouldBe(PetFreedBy.Cluster);
    }

    [Fact]
    public void Plan_MoveWithVolumes_WaitsUntilTheyAreCarried()
    {
        var world = World(TestPets.Db(3, WithClaim));
        Settle(world);
        var (from, to) = (world.Set.Status.Pets[0].Cluster!, world.Set.Status.Pets[1].Cluster!);
        Say(world, new PetWord { Ordinal = 0, Epoch = 1, Kind = PetWordKind.Move, To = to });

        Until(world, () => world.Set.Status.Pets[0].Phase == PetPhase.Moving);
        world.Clusters.ShouldAllBe(cluster => !cluster.Running.ContainsKey(0));
        Until(world, () => world.Set.Status.Pets[0].Epoch == 2);

        ((WorkRendering.Run)world.Rendered(to)).Work.Pets!.Run.Single(pet => pet.Ordinal == 0).Node.ShouldBe($"{to}-1");
        world.Set.Status.Takeovers[0].From.ShouldBe(from);
    }

    [Fact]
    public void Plan_NewTemplate_GoesFromTheHighestDownAndStopsAtThePartition()
    {
        var world = World(TestPets.Db(4, spec => spec with { UpdateStrategy = new PetUpdateStrategy { Type = PetUpdateType.RollingUpdate, Partition = 2 } }));
        Settle(world);
        var updated = new List<int>();
        world.Planned = (before, plan, _) =>
        {
            foreach (var pet in plan.NextStatus.Pets.Where(pet => before.Status.Pets.Any(was => was.Ordinal == pet.Ordinal && was.TemplateHash != pet.TemplateHash)))
            {
                updated.Add(pet.Ordinal);
                before.Status.Pets.ShouldAllBe(other => other.Phase == PetPhase.Ready, "one at a time");
            }
        };
        var old = world.Set.Status.Pets[0].TemplateHash!;
        world.Store(world.Set with { Status = world.Set.Status with { Images = new ImagePins { TemplateHash = old, References = new Dictionary<string, string> { ["db:1"] = "db@sha256:1" } } } });
        Settle(world);
        world.Edit(set => set with { Spec = set.Spec with { Template = TestPets.Template("db:2") }, Status = set.Status with { Images = null } });

        Settle(world);

        updated.ShouldBe([3, 2]);
        var pets = ((WorkRendering.Run)world.Rendered(world.Set.Status.Pets[0].Cluster!)).Work.Pets!;
        pets.Run.Single(pet => pet.Ordinal == 0).TemplateHash.ShouldBe(old);
        var earlier = pets.Earlier.ShouldHaveSingleItem();
        earlier.Template.Spec.Containers[0].Image.ShouldBe("db:1");
        earlier.Images["db:1"].ShouldBe("db@sha256:1", "its image stands for the same bytes on");
        world.Set.Status.Conditions.Find(PetSetConditions.Converged)!.Reason.ShouldBe("HeldBack");

        world.Edit(set => set with { Spec = set.Spec with { UpdateStrategy = new PetUpdateStrategy { Type = PetUpdateType.RollingUpdate, Partition = 0 } } });
        Settle(world);
        updated.ShouldBe([3, 2, 1, 0]);
        world.Set.Status.Templates.ShouldHaveSingleItem().Hash.ShouldBe(world.Set.Status.UpdateHash);
    }

    [Fact]
    public void Plan_BrokenTemplateIsReplaced_ThePetItBrokeGoesFirst()
    {
        var world = World(TestPets.Db());
        Settle(world);
        var broken = world.Set with
        {
            Status = world.Set.Status with { Pets = [.. world.Set.Status.Pets.Select(pet => pet.Ordinal == 1 ? pet with { Phase = PetPhase.Starting, Reason = "CrashLoopBackOff" } : pet)] },
            Spec = world.Set.Spec with { Template = TestPets.Template("db:2") },
        };

        var plan = PetPlanner.Plan(broken, new PetsObserved(new(world.Time, [.. world.Clusters.Select(world.Snapshot)])));

        plan.NextStatus.Pets.Where(pet => pet.TemplateHash == plan.NextStatus.UpdateHash).Select(pet => pet.Ordinal).ShouldBe([1]);
    }

    [Fact]
    public void Plan_ScaledDownAndUp_LeavesFromTheHighestAndGoesOnFromItsEpochWhereItsVolumesAre()
    {
        var world = World(TestPets.Db(3, WithClaim));
        Settle(world);
        var before = world.Set.Status.Pets.ToDictionary(pet => pet.Ordinal, pet => pet.Cluster);
        world.Edit(set => set with { Spec = set.Spec with { Replicas = 1 } });
        Settle(world);
        world.Trace.Where(line => line.Contains("PetGone")).Select(line => line.Split(' ')[2]).ShouldBe(["db-2", "db-1"]);

        world.Edit(set => set with { Spec = set.Spec with { Replicas = 3 } });
        Settle(world);

        world.Set.Status.Pets.Select(pet => (pet.Ordinal, pet.Cluster, pet.Epoch)).ShouldBe([(0, before[0], 1L), (1, before[1], 2L), (2, before[2], 2L)]);
    }

    [Theory]
    [InlineData(RetentionPolicy.Retain)]
    [InlineData(RetentionPolicy.Delete)]
    public void Render_PetLeavesForGood_ItsVolumesGoIfTheyAreTo(RetentionPolicy policy)
    {
        var world = World(TestPets.Db(2, spec => WithClaim(spec) with { VolumeRetention = new VolumeRetention { WhenScaled = policy } }));
        Settle(world);
        var cluster = world.Set.Status.Pets[1].Cluster!;
        world.Edit(set => set with { Spec = set.Spec with { Replicas = 1 } });
        var plan = PetPlanner.Plan(world.Set, new PetsObserved(new(world.Time, [.. world.Clusters.Select(world.Snapshot)])));

        var work = ((WorkRendering.Run)WorkRenderer.Render(world.Set with { Status = plan.NextStatus }, cluster)).Work;

        work.Pets!.Run.ShouldBeEmpty();
        work.Pets.Discard.ShouldBe(policy == RetentionPolicy.Delete ? [1] : []);
    }

    [Fact]
    public void Plan_Deleted_PetsLeaveHighestFirstAndALostClusterHoldsNothingUp()
    {
        var world = World(TestPets.Db());
        Settle(world);
        world.Clusters[0].IsLinked = false;
        world.Edit(set => set with { Metadata = set.Metadata with { DeletionTimestamp = world.Time } });

        Until(world, () => world.IsGone);

        world.Trace.Where(line => line.Contains("PetGone")).Select(line => line.Split(' ')[2]).ShouldBe(["db-2", "db-1", "db-0"]);
        world.Clusters[0].Buried.ShouldNotBeNull("it is told when it is back");
    }

    [Fact]
    public void Plan_NodeOfAPetIsFenced_TheSameClusterGetsTheNextEpochOnce()
    {
        var world = World(TestPets.Db());
        Settle(world);
        var pet = world.Set.Status.Pets[0];
        var report = new WorkStatus
        {
            Uid = "uid-1",
            Revision = world.Set.Revision() ?? 0,
            Pets = [new WorkPetStatus { Ordinal = 0, Epoch = 1, TemplateHash = pet.TemplateHash!, Node = "n1", Phase = WorkPetPhase.Waiting, Reason = WorkPetReasons.NodeFenced }],
        };
        var observed = new PetsObserved(new(world.Time, [.. world.Clusters.Select(world.Snapshot)]));

        var once = PetPlanner.Plan(PetReports.Fold(world.Set, pet.Cluster!, report, world.Time), observed);
        var again = PetPlanner.Plan(PetReports.Fold(world.Set with { Status = once.NextStatus }, pet.Cluster!, report, world.Time), observed);

        (once.NextStatus.Pets[0].Cluster, once.NextStatus.Pets[0].Epoch, once.NextStatus.Pets[0].Node).ShouldBe((pet.Cluster, 2, null));
        again.NextStatus.Pets[0].Epoch.ShouldBe(2);
    }

    [Fact]
    public void Plan_StoreWasRestored_EveryEpochIsAboveThoseThatMayHaveBeenGivenSince()
    {
        var world = World(TestPets.Db());
        Settle(world);
        var known = world.Set with { Status = world.Set.Status with { Retired = [new PetMemory { Ordinal = 7, Epoch = 4 }], EpochFloor = 3 } };
        var observed = new PetsObserved(new(world.Time, [.. world.Clusters.Select(world.Snapshot)]));

        var first = PetPlanner.Plan(known, observed with { Store = "a" }).NextStatus;
        first.Pets.ShouldAllBe(pet => pet.Epoch == 1 && pet.Phase == PetPhase.Ready, "it is only noted in which store they were given");
        var restored = PetPlanner.Plan(known with { Status = first }, observed with { Store = "b" });
        restored.NextStatus.Pets.ShouldAllBe(pet => pet.Epoch == 1_000_001 && pet.Phase == PetPhase.Starting);
        restored.NextStatus.Pets.Select(pet => pet.Cluster).ShouldBe(known.Status.Pets.Select(pet => pet.Cluster));
        (restored.NextStatus.Retired.Single().Epoch, restored.NextStatus.EpochFloor).ShouldBe((1_000_004, 1_000_003));
        restored.Notes.ShouldContain(note => note.Reason == "StoreRestored");

        PetPlanner.Plan(known with { Status = restored.NextStatus }, observed with { Store = "b" }).NextStatus.Pets.ShouldAllBe(pet => pet.Epoch == 1_000_001);
    }

    [Fact]
    public void Plan_PlacementLeavesARegionOut_ItsPetsMoveOneAtATime()
    {
        var world = World(TestPets.Db(6));
        Settle(world);
        world.Planned = (_, plan, _) => plan.NextStatus.Pets.Count(pet => pet.Release is not null).ShouldBeLessThanOrEqualTo(1);
        world.Edit(set => set with { Spec = set.Spec with { Placement = set.Spec.Placement with { Regions = ["eu", "us"] } } });

        Settle(world);

        world.Set.Status.Pets.Select(pet => pet.Region).ShouldNotContain("ap");
        world.Set.Status.Takeovers.Count.ShouldBe(2);
    }

    [Fact]
    public void Fold_ClusterSpeaksOfAPetThatIsNotItsOwn_ChangesNothing()
    {
        var world = World(TestPets.Db());
        Settle(world);
        var other = world.Clusters.First(cluster => cluster.Name != world.Set.Status.Pets[0].Cluster);
        var report = new WorkStatus { Uid = "uid-1", Revision = 1_000, Pets = [new WorkPetStatus { Ordinal = 0, Epoch = 99, Phase = WorkPetPhase.Ready }] };

        var folded = PetReports.Fold(world.Set, other.Name, report, world.Time);

        folded.Status.Pets[0].ShouldBe(world.Set.Status.Pets[0]);
    }

    [Fact]
    public void Plan_NoClusterHasRoom_SaysWhy()
    {
        var plan = PetPlanner.Plan(TestPets.Db(2), new PetsObserved(new(TestApps.Start, [TestPets.Cluster("eu-1", "eu", pods: 0), TestPets.Cluster("us-1", "us", isReady: false)])));

        plan.NextStatus.Placement!.Unplaced.ShouldBe(1, "the other one only waits for its turn");
        plan.NextStatus.Placement.Refused.Select(refusal => refusal.Filter).ShouldBe(["Capacity", "Ready"]);
        plan.NextStatus.Conditions.Find(PetSetConditions.Placed)!.Message.ShouldContain("db-0");
        plan.NextStatus.Placement.Hints.ShouldNotBeEmpty();
    }

    private static PetSetSpec WithClaim(PetSetSpec spec) => spec with { VolumeClaims = [new VolumeClaim { Name = "data", Size = Quantity.Parse("1Gi") }] };

    private static PetWorld World(PetSet set) => new(set, 1, ThreeRegions);

    private static void Say(PetWorld world, PetWord word) => world.Store(world.Set with { Status = world.Set.Status with { Words = [.. world.Set.Status.Words, word] } });

    private static void Settle(PetWorld world)
    {
        Steps(world, 2);
        Until(world, () => world.LastPlan!.Steps.IsConverged || world.LastPlan.Steps is { IsEmpty: true, DueAt: null } && world.Set.Status.Conditions.IsTrue(PetSetConditions.Converged));
    }

    private static void Steps(PetWorld world, int count)
    {
        for (var i = 0; i < count; i++)
            world.Step();
    }

    private static void Until(PetWorld world, Func<bool> condition)
    {
        for (var i = 0; i < 200 && !condition(); i++)
            world.Step();
        condition().ShouldBeTrue(string.Join('\n', world.Trace));
    }
}
