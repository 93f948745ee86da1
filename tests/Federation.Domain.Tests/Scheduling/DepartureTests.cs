using Federation.Api.Apps;
using Federation.Domain.DnsRecords;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Scheduling;

/// <summary>A planned move costs no request: who leaves serves until others do, and until nobody is sent to it any more.</summary>
public sealed class DepartureTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>The default TTL, and a second for servers and rounding.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(6);

    [Fact]
    public void Plan_MovedElsewhere_ServesUntilOthersDoAndResolversForgetIt()
    {
        var fleet = OnA();
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });

        fleet.Execute();
        fleet.Text().ShouldBe("a:Leaving b=4");
        var leaving = fleet.App.Status.Clusters[0];
        (leaving.Replicas, leaving.LeavesAt).ShouldBe((4, null));
        WorkRenderer.Render(fleet.App, "a").ShouldBeOfType<WorkRendering.Run>().Work.Replicas.ShouldBe(4);
        (fleet.App.Status.Replicas, fleet.App.Status.ReadyReplicas).ShouldBe((4, 4));
        fleet.Condition(AppConditions.Converged).Message.ShouldBe("waiting for pods to be ready that take over from a");
        fleet.Wait(TimeSpan.FromHours(1));
        (fleet.Plan().IsEmpty, fleet.Plan().DueAt).ShouldBe((true, null));

        fleet.Report();
        fleet.Execute().DueAt.ShouldBe(fleet.Now + Hold);
        fleet.App.Status.Clusters[0].LeavesAt.ShouldBe(fleet.Now + Hold);
        fleet.Condition(AppConditions.Converged).Message.ShouldBe("waiting for resolvers to forget a");

        fleet.Wait(Hold - Moment);
        fleet.Execute();
        fleet.Text().ShouldBe("a:Leaving b=4");
        fleet.Wait(Moment);
        fleet.Execute();
        fleet.Text().ShouldBe("a:Withdrawing b=4");
        fleet.App.Status.Clusters[0].LeavesAt.ShouldBeNull();
        fleet.Report();
        fleet.Settle().IsConverged.ShouldBeTrue();
        fleet.Text().ShouldBe("b=4");
    }

    [Fact]
    public void Plan_NamesHaveALongTtl_IsWaitedFor()
    {
        var fleet = OnA(spec => spec with { Expose = [spec.Expose[0] with { Dns = new DnsSpec { Ttl = 60 } }] });
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });
        fleet.Execute();
        fleet.Report();
        fleet.Execute().DueAt.ShouldBe(fleet.Now + TimeSpan.FromSeconds(61));
    }

    [Fact]
    public void Plan_TtlWasLongerALittleWhileAgo_ItsAnswersAreWaitedFor()
    {
        var fleet = OnA(spec => spec with { Expose = [spec.Expose[0] with { Dns = new DnsSpec { Ttl = 300 } }] });
        fleet.App.Status.LongestTtl.ShouldBe(new HandedOutTtl { Seconds = 300 });
        fleet.Wait(TimeSpan.FromHours(1));
        fleet.Change(spec => spec with { Expose = [spec.Expose[0] with { Dns = null }] });
        fleet.Settle();
        fleet.App.Status.LongestTtl.ShouldBe(new HandedOutTtl { Seconds = 300, Until = fleet.Now.AddSeconds(300) });
        NameTtl.LongestOf(fleet.App).ShouldBe(300);

        fleet.Wait(TimeSpan.FromSeconds(100));
        fleet.Change(spec => spec with { Expose = [spec.Expose[0] with { Dns = new DnsSpec { Ttl = 60 } }] });
        fleet.Settle();
        fleet.App.Status.LongestTtl.ShouldBe(new HandedOutTtl { Seconds = 300, Until = fleet.Now.AddSeconds(300) }, "what was said between is not known any more");
        fleet.Wait(TimeSpan.FromSeconds(200));
        fleet.Says("a", share => share with { Reason = "Odd" });
        fleet.Execute();
        fleet.App.Status.LongestTtl!.Until.ShouldBe(fleet.Now.AddSeconds(100));

        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });
        fleet.Execute();
        fleet.Report();
        fleet.Execute().DueAt.ShouldBe(fleet.Now.AddSeconds(301));
        fleet.Wait(TimeSpan.FromSeconds(301));
        fleet.Execute();
        fleet.App.Status.LongestTtl.ShouldBe(new HandedOutTtl { Seconds = 60 });
        fleet.Text().ShouldBe("a:Withdrawing b=4");
    }

    [Fact]
    public void Plan_TtlBecomesLonger_IsKnownAtOnce()
    {
        var fleet = OnA();
        fleet.App.Status.LongestTtl.ShouldBeNull();
        fleet.Change(spec => spec with { Expose = [spec.Expose[0] with { Dns = new DnsSpec { Ttl = 60 } }] });
        fleet.Settle();
        fleet.App.Status.LongestTtl.ShouldBe(new HandedOutTtl { Seconds = 60 });
        OnA(spec => spec with { Expose = [spec.Expose[0] with { Dns = new DnsSpec { Ttl = 1 } }] }).App.Status.LongestTtl.ShouldBe(new HandedOutTtl { Seconds = 1 });
    }

    [Fact]
    public void Plan_ReplacementFailsAgain_IsNeededOn()
    {
        var fleet = OnA();
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });
        fleet.Execute();
        fleet.Report();
        fleet.Execute();
        fleet.App.Status.Clusters[0].LeavesAt.ShouldNotBeNull();

        fleet.Wait(Hold);
        fleet.Says("b", share => share with { Ready = 3 });
        fleet.Execute();
        (fleet.Text(), fleet.App.Status.Clusters[0].LeavesAt).ShouldBe(("a:Leaving b=4", null));
    }

    [Fact]
    public void Plan_NoNameLeadsThere_IsWithdrawnAtOnce()
    {
        var fleet = OnA(spec => spec with { Expose = [] });
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });
        fleet.Execute();
        fleet.Text().ShouldBe("a:Withdrawing b=4");
    }

    [Fact]
    public void Plan_NothingReadyThere_IsWithdrawnAtOnce()
    {
        var fleet = OnA();
        fleet.Says("a", share => share with { Ready = 0 });
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });
        fleet.Execute();
        fleet.Text().ShouldBe("a:Withdrawing b=4");
    }

    [Fact]
    public void Plan_LastPodsStopServingWhileLeaving_IsWithdrawnAtOnce()
    {
        var fleet = OnA();
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });
        fleet.Execute();
        fleet.Says("a", share => share with { Ready = 0 });
        fleet.Execute();
        fleet.Text().ShouldBe("a:Withdrawing b=4");
    }

    [Fact]
    public void Plan_LostWhileLeaving_IsAway()
    {
        var fleet = OnA();
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });
        fleet.Execute();
        fleet.Lose("a");
        fleet.Execute();
        fleet.Text().ShouldBe("a:Away b=4");
    }

    [Fact]
    public void Plan_WantedAgainWhileLeaving_Stays()
    {
        var fleet = OnA();
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["b"] } });
        fleet.Execute();
        fleet.Report();
        fleet.Execute();
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["a"] } });
        fleet.Execute();
        fleet.Text().ShouldBe("a=4 b:Leaving");
        var back = fleet.App.Status.Clusters[0];
        (back.Replicas, back.LeavesAt).ShouldBe((4, null));
    }

    [Fact]
    public void Plan_NoRoomElsewhere_IsNotWaitedFor()
    {
        var fleet = OnA();
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["nowhere"] } });
        fleet.Execute().DueAt.ShouldBe(fleet.Now + Hold);
        fleet.App.Status.Placement!.Unplaced.ShouldBe(4);
        fleet.Settle();
        fleet.Text().ShouldBe("");
    }

    private static Fleet OnA(Func<AppSpec, AppSpec>? change = null)
    {
        var app = TestApps.Web(4, placement: new PlacementSpec { Regions = ["a"] });
        var fleet = new Fleet(app with { Spec = change?.Invoke(app.Spec) ?? app.Spec }, Fleet.Cluster("a", "a"), Fleet.Cluster("b", "b"));
        fleet.Settle();
        fleet.Text().ShouldBe("a=4");
        return fleet;
    }
}
