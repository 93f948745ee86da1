using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Works;

public sealed class ImagePinPlannerTests
{
    private const string First = "web@sha256:1111111111111111111111111111111111111111111111111111111111111111";
    private const string Second = "web@sha256:2222222222222222222222222222222222222222222222222222222222222222";
    private static readonly PodTemplate Template = new() { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "a", Image = "web:1" }, new ContainerSpec { Name = "b", Image = "local:1", ImagePullPolicy = ImagePullPolicy.Never }] } };

    [Fact]
    public void Next_FirstWordCounts_LaterOnesChangeNothing()
    {
        var pins = ImagePinPlanner.Next(null, Template, [Said($"web:1={First}"), Said($"web:1={Second}")]).ShouldNotBeNull();

        pins.References.ShouldBe(new Dictionary<string, string> { ["web:1"] = First });
        ImagePinPlanner.Next(pins, Template, [Said($"web:1={Second}")]).ShouldBeSameAs(pins);
        ImagePinPlanner.Next(pins, Template, []).ShouldBeSameAs(pins);
    }

    [Fact]
    public void Next_AnotherTemplate_IsDecidedAnew()
    {
        var pins = ImagePinPlanner.Next(null, Template, [Said($"web:1={First}")]);
        var restarted = Template with { Metadata = new TemplateMeta { Annotations = new Dictionary<string, string> { ["restartedAt"] = "now" } } };

        ImagePinPlanner.Next(pins, restarted, [Said($"web:1={First}")]).ShouldBeNull();
        ImagePinPlanner.Next(pins, restarted, [Said($"web:1={Second}", restarted)])!.References["web:1"].ShouldBe(Second);
    }

    [Fact]
    public void Next_WordsAboutOtherImages_AreNotBelieved()
    {
        ImagePinPlanner.Next(null, Template, [Said($"local:1=local@sha256:11 other:1={First} web:1=no-digest")]).ShouldBeNull();
        ImagePinPlanner.Next(null, Template, [Said(null)]).ShouldBeNull();
    }

    [Fact]
    public void Render_PinsOfThePresentTemplate_TravelAndAreNews()
    {
        var app = TestApps.Web().WithShares(new ClusterShare { Cluster = "a", Phase = SharePhase.Active, Replicas = 1 });
        var plain = WorkRenderer.Render(app, "a");
        var pins = new ImagePins { TemplateHash = TemplateHash.Of(app.Spec.Template), References = new Dictionary<string, string> { ["web:1"] = First } };

        var pinned = WorkRenderer.Render(app with { Status = app.Status with { Images = pins } }, "a");

        pinned.ShouldBeOfType<WorkRendering.Run>().Work.Images["web:1"].ShouldBe(First);
        WorkRenderer.AsksTheSame(plain, pinned).ShouldBeFalse();
        WorkRenderer.Render(app with { Status = app.Status with { Images = pins with { TemplateHash = "another" } } }, "a").ShouldBeOfType<WorkRendering.Run>().Work.Images.ShouldBeEmpty();
    }

    private static WorkStatus Said(string? images, PodTemplate? template = null) => new() { TemplateHash = TemplateHash.Of(template ?? Template), Images = images };
}
