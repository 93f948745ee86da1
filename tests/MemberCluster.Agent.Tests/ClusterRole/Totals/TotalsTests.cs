using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Quantities;
using Federation.Domain.Scheduling;
using MemberCluster.Agent.ClusterRole;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.ClusterRole.Shares;
using MemberCluster.Agent.ClusterRole.Totals;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Tests.ClusterRole.Totals;

/// <summary>What the simulation found: a cluster agent without its disk knows less than it seems.</summary>
public sealed class TotalsTests
{
    [Fact]
    public void ClusterTotals_NoMachineHasSaidAnything_ThereIsRoomForNothing()
    {
        var capacity = ClusterTotals.Of([], default, "1").Capacity;

        foreach (var resource in (string[])["cpu", "memory", "pods"])
            capacity[resource].Milli.ShouldBe(0);
    }

    [Fact]
    public void ClusterTotals_NoMachineIsHeardOf_IsATroubleOfTheCluster()
    {
        var machines = new[] { "m1", "m2" }
            .Select(host => new Member($"eu-west-1.{host}", host, new NodeOutbox("store", 0, TimeProvider.System)) { NotReady = new NotReady(default, IsSilent: true, "NodeSilent", "") })
            .ToList();
        ClusterTotals.Of(machines, default, "1").EngineProblem.ShouldBe("NodesSilent");

        machines[0].NotReady = null;
        ClusterTotals.Of(machines, default, "1").EngineProblem.ShouldBeNull();
    }

    [Fact]
    public void ClusterTotals_MachineIsDrained_HasRoomForWhatMustStayOnly()
    {
        var capacity = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("4"), ["memory"] = Quantity.Parse("8Gi"), ["pods"] = Quantity.Parse("110") };
        var machines = new[] { "m1", "m2" }
            .Select(host => new Member($"eu-west-1.{host}", host, new NodeOutbox("store", 0, TimeProvider.System)) { HeardAt = 0, Inventory = new ClusterInventory { Capacity = capacity } })
            .ToList();
        machines[1].Wishes = new NodeSettings { Name = "m2", Drain = true };

        Sum(default).ShouldBe(("4", 8L << 30, 110));
        Sum(new ResourceAmounts(3000, 1L << 30, 3)).ShouldBe(("4", 8L << 30, 110), "all of it finds room on the other");
        Sum(new ResourceAmounts(5500, 9L << 30, 113)).ShouldBe(("5500m", 9L << 30, 113), "some of it must stay");
        Sum(new ResourceAmounts(9000, 1L << 40, 1000)).ShouldBe(("8", 16L << 30, 220), "no more than they have");
        machines[0].Wishes = new NodeSettings { Name = "m1", Unschedulable = true };
        Sum(default).ShouldBe(("0", 0, 0), "what is not stated would not bound anything");

        (string Cpu, long Memory, long Pods) Sum(ResourceAmounts asked)
        {
            var sum = ClusterTotals.Of(machines, asked, "1").Capacity;
            return (sum["cpu"].ToString(), sum["memory"].Value, sum["pods"].Value);
        }
    }

    [Fact]
    public void ClusterTotals_MachineIsCordonedOrDrained_ClientsAreSentToOthers()
    {
        var machines = new[] { "m1", "m2", "m3" }
            .Select(host => new Member($"eu-west-1.{host}", host, new NodeOutbox("store", 0, TimeProvider.System)) { HeardAt = 0, Inventory = new ClusterInventory { Addresses = [$"192.0.2.{host[1]}"] } })
            .ToList();
        Addresses().ShouldBe(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        machines[1].Wishes = new NodeSettings { Name = "m2", Drain = true };
        Addresses().ShouldBe(["192.0.2.1", "192.0.2.3"]);
        machines[0].Wishes = new NodeSettings { Name = "m1", Unschedulable = true };
        Addresses().ShouldBe(["192.0.2.3"]);
        machines[2].Inventory = machines[2].Inventory! with { Addresses = [] };
        Addresses().ShouldBe(["192.0.2.1", "192.0.2.2"], "one without an address serves nobody in their stead");
        machines[2].Inventory = machines[2].Inventory! with { Addresses = ["192.0.2.3"] };
        machines[2].NotReady = new NotReady(default, IsSilent: true, "NodeSilent", "");
        Addresses().ShouldBe(["192.0.2.1", "192.0.2.2"], "nobody else takes any");

        IReadOnlyList<string> Addresses() => ClusterTotals.Of(machines, default, "1").Addresses;
    }

    /// <summary>Seed 1000202: a cluster agent without its disk said of a kept pet that it does not run, once what it had permitted was over; the machine that ran it was cut off.</summary>
    [Theory]
    [InlineData(true, true, false, false)]
    [InlineData(true, false, true, true)]
    [InlineData(false, false, false, true)]
    [InlineData(false, false, true, false)]
    [InlineData(false, true, true, false)]
    public void MayClaim_MemoryWasLost_KeptPetsWaitForEveryMachine(bool isFenced, bool mayHaveForgotten, bool mayRunUnseen, bool expected)
    {
        var work = new Work { Uid = "u", Mode = WorkMode.Pets, Pets = new WorkPets { IsFenced = isFenced } };

        PetSharing.MayClaim(WorkShares.For("u"), work, isStored: true, mayHaveForgotten, mayRunUnseen).ShouldBe(expected);
        PetSharing.MayClaim(WorkShares.For("u"), work, isStored: false, mayHaveForgotten: false, mayRunUnseen: false).ShouldBeFalse();
        PetSharing.MayClaim(WorkShares.For("u"), new Work { Uid = "u" }, isStored: false, mayHaveForgotten, mayRunUnseen).ShouldBeTrue("without pets nobody starts anything for what is not named");
    }

    [Fact]
    public void WorkTotals_TombstoneAndMachinesUnheardThatMayRunIt_IsNotGone()
    {
        var held = new HeldWork { Tombstone = new Tombstone { Uid = "u", Revision = 7 } };

        WorkTotals.Of(held, WorkShares.For("u"), [], placing: null, mayRunUnseen: true).Gone.ShouldBeFalse();
        WorkTotals.Of(held, WorkShares.For("u"), [], placing: null, mayRunUnseen: false).Gone.ShouldBeTrue();
    }
}
