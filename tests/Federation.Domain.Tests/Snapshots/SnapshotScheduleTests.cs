using Federation.Api.Agents;
using Federation.Api.Snapshots;

namespace Federation.Domain.Tests.Snapshots;

/// <summary>Every hour from noon on.</summary>
public sealed class SnapshotScheduleTests
{
    [Fact]
    public void Schedule_TimeComes_IsTakenOnce()
    {
        var world = Hourly(keep: 3);
        world.Plan().ShouldBe(SnapshotWorld.Start.AddHours(1));
        world.Items.ShouldBeEmpty("it was not time yet");

        world.Now = SnapshotWorld.Start.AddHours(1);
        world.Plan();
        world.Items.Select(item => item.Id).ShouldBe(["20300101T130000Z-0", "20300101T130000Z-1"]);
        world.Now += TimeSpan.FromMinutes(5);
        world.Finish();

        world.Items.Count.ShouldBe(2);
    }

    [Fact]
    public void Schedule_ManyWereMissed_TheLatestIsMadeUpFor()
    {
        var world = Hourly(keep: 3);
        world.Now = SnapshotWorld.Start.AddHours(30.5);

        world.Plan();

        world.Items.Select(item => item.PlannedAt).Distinct().ShouldBe([SnapshotWorld.Start.AddHours(30)]);
    }

    [Fact]
    public void Schedule_InATimeZone_IsItsTime()
    {
        var world = new SnapshotWorld(spec => spec with { Schedule = "0 14 * * *", TimeZone = "Europe/Berlin", Consistency = PetSnapshotConsistency.Live });

        world.Plan().ShouldBe(SnapshotWorld.Start.AddHours(1));
    }

    [Fact]
    public void Suspend_NothingIsTaken()
    {
        var world = new SnapshotWorld(spec => spec with { Schedule = "@hourly", Suspend = true });
        world.Now = SnapshotWorld.Start.AddHours(5);

        world.Plan().ShouldBeNull();

        world.Items.ShouldBeEmpty();
    }

    [Fact]
    public void Keep_MoreThanThat_TheOldestOfEachPetGo()
    {
        var world = Hourly(keep: 2);
        for (var hour = 1; hour <= 4; hour++)
            Take(world, hour);

        world.Items.Select(item => item.Id).ShouldBe(["20300101T150000Z-0", "20300101T150000Z-1", "20300101T160000Z-0", "20300101T160000Z-1"], ignoreOrder: true);
        world.Snapshot.Status.Complete.ShouldBe(4);
        world.Snapshot.Status.Discards.ShouldBeEmpty("they are deleted");
        world.WorkOf("eu")!.Hold.Count.ShouldBe(4);
    }

    [Fact]
    public void Keep_OneIsBeingRestored_ItStaysForAsLong()
    {
        var world = Hourly(keep: 1);
        Take(world, 1);
        world.Restoring.Add("20300101T130000Z-0");

        Take(world, 2);
        world.Items.Select(item => item.Id).ShouldBe(["20300101T130000Z-0", "20300101T140000Z-0", "20300101T140000Z-1"], ignoreOrder: true);

        world.Restoring.Clear();
        world.Plan();
        world.Items.Count.ShouldBe(2);
        world.WorkOf("eu")!.Discard.ShouldHaveSingleItem().ShouldBe(new WorkSnapshotDiscard { Id = "20300101T130000Z-0", Part = WorkSnapshotPart.Stored, Node = "eu-1" });
    }

    [Fact]
    public void Keep_NewOnesFail_NoCompleteOneGoesForThem()
    {
        var world = Hourly(keep: 1);
        Take(world, 1);
        for (var hour = 2; hour <= 3; hour++)
        {
            world.Now = SnapshotWorld.Start.AddHours(hour);
            world.Plan();
            foreach (var item in world.Items.Where(item => item.IsOpen).ToList())
                world.Report("us", SnapshotWorld.Taken(item, WorkSnapshotPhase.Failed) with { Reason = WorkSnapshotReasons.NoSpace });
            world.Plan();
        }

        world.Items.Count(item => item.Phase == PetSnapshotPhase.Complete).ShouldBe(2);
        world.Items.Where(item => item.Phase == PetSnapshotPhase.Failed).Select(item => item.PlannedAt).ShouldBe([SnapshotWorld.Start.AddHours(3), SnapshotWorld.Start.AddHours(3)], "each pet's last");

        Take(world, 4);
        world.Items.ShouldAllBe(item => item.Phase == PetSnapshotPhase.Complete && item.PlannedAt == SnapshotWorld.Start.AddHours(4));
    }

    [Fact]
    public void Schedule_LastOneStillWaits_ItsPlaceIsTaken_OneThatWasBegunGoesOn()
    {
        var world = Hourly(keep: 3);
        world.Set = SnapshotPlannerTests.WithPet(world.Set!, 0, pet => pet with { Node = null });
        world.Now = SnapshotWorld.Start.AddHours(1);
        world.Plan();
        world.Phases.ShouldBe("Waiting Taking");

        world.Now = SnapshotWorld.Start.AddHours(2);
        world.Plan();

        world.Items.Select(item => $"{item.Id} {item.Phase}").ShouldBe(["20300101T130000Z-0 Failed", "20300101T130000Z-1 Taking", "20300101T140000Z-0 Waiting"]);
        world.Items[0].Reason.ShouldBe("Superseded");
    }

    private static SnapshotWorld Hourly(int keep) => new(spec => spec with { Schedule = "@hourly", Keep = keep, To = "eu", Consistency = PetSnapshotConsistency.Live });

    private static void Take(SnapshotWorld world, int hour)
    {
        world.Now = SnapshotWorld.Start.AddHours(hour);
        world.Plan();
        world.Finish();
    }
}
