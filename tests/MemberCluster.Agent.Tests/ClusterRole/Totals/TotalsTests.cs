using Federation.Api.Agents;
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
        var capacity = ClusterTotals.Of([], "1").Capacity;

        foreach (var resource in (string[])["cpu", "memory", "pods"])
            capacity[resource].Milli.ShouldBe(0);
    }

    [Fact]
    public void ClusterTotals_NoMachineIsHeardOf_IsATroubleOfTheCluster()
    {
        var machines = new[] { "m1", "m2" }
            .Select(host => new Member($"eu-west-1.{host}", host, new NodeOutbox("store", 0, TimeProvider.System)) { NotReady = new NotReady(default, IsSilent: true, "NodeSilent", "") })
            .ToList();
        ClusterTotals.Of(machines, "1").EngineProblem.ShouldBe("NodesSilent");

        machines[0].NotReady = null;
        ClusterTotals.Of(machines, "1").EngineProblem.ShouldBeNull();
    }

    [Fact]
    public void WorkTotals_TombstoneAndMachinesUnheardThatMayRunIt_IsNotGone()
    {
        var held = new HeldWork { Tombstone = new Tombstone { Uid = "u", Revision = 7 } };

        WorkTotals.Of(held, WorkShares.For("u"), [], placing: null, mayRunUnseen: true).Gone.ShouldBeFalse();
        WorkTotals.Of(held, WorkShares.For("u"), [], placing: null, mayRunUnseen: false).Gone.ShouldBeTrue();
    }
}
