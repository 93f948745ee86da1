using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Works;

public sealed class WorkRendererTests
{
    [Fact]
    public void Render_ActiveShare_IsAWorkWithTheSharesReplicasAndResolvedPorts()
    {
        var app = TestApps.Web().WithShares(Share("a", SharePhase.Active, 2), Share("b", SharePhase.Active, 4));

        var work = WorkRenderer.Render(app, "b").ShouldBeOfType<WorkRendering.Run>().Work;

        work.Replicas.ShouldBe(4);
        work.Revision.ShouldBe(10);
        (work.Uid, work.Kind, work.Namespace, work.Name).ShouldBe(("uid-1", "App", "shop", "web"));
        work.TemplateHash.ShouldBe(TemplateHash.Of(app.Spec.Template));
        work.Expose.ShouldBe([new WorkPort { Name = "port-80", Port = 80, TargetPort = 8080 }, new WorkPort { Name = "port-9090", Port = 9090, TargetPort = 9090 }]);
    }

    [Fact]
    public void Render_WithdrawingShare_IsATombstoneAtTheAppsRevision()
    {
        var app = TestApps.Web().WithShares(Share("a", SharePhase.Withdrawing, 0));

        var tombstone = WorkRenderer.Render(app, "a").ShouldBeOfType<WorkRendering.Remove>().Tombstone;

        (tombstone.Uid, tombstone.Revision, tombstone.Name).ShouldBe(("uid-1", 10L, "web"));
    }

    [Fact]
    public void Render_AwayShareOrNone_SaysNothing()
    {
        var app = TestApps.Web().WithShares(Share("a", SharePhase.Away, 0));

        WorkRenderer.Render(app, "a").ShouldBeOfType<WorkRendering.Silent>();
        WorkRenderer.Render(app, "elsewhere").ShouldBeOfType<WorkRendering.Silent>();
    }

    [Theory]
    [InlineData(SharePhase.Active)]
    [InlineData(SharePhase.Away)]
    [InlineData(SharePhase.Leaving)]
    [InlineData(SharePhase.Withdrawing)]
    public void Render_DeletingApp_IsATombstoneForEveryShareAndSilenceElsewhere(SharePhase phase)
    {
        var app = TestApps.Web().WithShares(Share("a", phase, 1)).Deleting();

        WorkRenderer.Render(app, "a").ShouldBeOfType<WorkRendering.Remove>();
        WorkRenderer.Render(app, "b").ShouldBeOfType<WorkRendering.Silent>();
    }

    [Fact]
    public void AsksTheSame_StatusOnlyChange_IsNotSentButEveryOrderIs()
    {
        var app = TestApps.Web().WithShares(Share("a", SharePhase.Active, 2));
        var before = WorkRenderer.Render(app, "a");
        var later = app with { Metadata = app.Metadata with { ResourceVersion = "11" }, Status = app.Status with { ReadyReplicas = 2 } };

        WorkRenderer.AsksTheSame(before, WorkRenderer.Render(later, "a")).ShouldBeTrue();

        App[] orders =
        [
            later.WithShares(Share("a", SharePhase.Active, 3)),
            later.WithShares(Share("a", SharePhase.Withdrawing, 0)),
            later.WithShares(Share("a", SharePhase.Away, 0)),
            later with { Spec = later.Spec with { Expose = [] } },
            later with { Spec = later.Spec with { Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "web", Image = "web:2" }] } } } },
        ];
        foreach (var order in orders)
            WorkRenderer.AsksTheSame(before, WorkRenderer.Render(order, "a")).ShouldBeFalse();
    }

    [Fact]
    public void AsksTheSame_DataOfAnotherVersionOrGone_IsSent()
    {
        var container = new ContainerSpec { Name = "web", Image = "web:1", EnvFrom = [new EnvFromSource { ConfigMapRef = new DataReference { Name = "settings" } }] };
        var app = TestApps.Web().WithShares(Share("a", SharePhase.Active, 2));
        app = app with { Spec = app.Spec with { Expose = [], Template = new PodTemplate { Spec = new PodSpec { Containers = [container] } } } };
        var before = WorkRenderer.Render(app, "a", key => key == new ObjectKey("ConfigMap", "shop", "settings") ? "u/1" : null);

        before.ShouldBeOfType<WorkRendering.Run>().Work.Data.ShouldBe([new WorkData { Kind = "ConfigMap", Name = "settings", Version = "u/1" }]);
        WorkRenderer.AsksTheSame(before, WorkRenderer.Render(app, "a", _ => "u/1")).ShouldBeTrue();
        WorkRenderer.AsksTheSame(before, WorkRenderer.Render(app, "a", _ => "u/2")).ShouldBeFalse();
        WorkRenderer.AsksTheSame(before, WorkRenderer.Render(app, "a", _ => null)).ShouldBeFalse();
    }

    private static ClusterShare Share(string cluster, SharePhase phase, int replicas) => new() { Cluster = cluster, Phase = phase, Replicas = replicas };
}
