using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Api.Selectors;

namespace Federation.Api.Tests.Selectors;

public sealed class QueryTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["app"] = "web", ["tier"] = "prod", ["empty"] = "" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web", true)]
    [InlineData("app = web , tier = prod", true)]
    [InlineData("app=api", false)]
    [InlineData("app!=api", true)]
    [InlineData("app!=web", false)]
    [InlineData("missing!=x", true)]
    [InlineData("tier in (dev,prod)", true)]
    [InlineData("tier in (dev, test)", false)]
    [InlineData("tier notin (dev)", true)]
    [InlineData("tier notin (prod,dev)", false)]
    [InlineData("missing notin (a)", true)]
    [InlineData("app", true)]
    [InlineData("missing", false)]
    [InlineData("!missing", true)]
    [InlineData("!app", false)]
    [InlineData("empty=", true)]
    [InlineData("empty in ()", true)]
    [InlineData("app=web,tier in (a,prod),!x,empty", true)]
    [InlineData("app=web,tier in (a,b),!x", false)]
    public void LabelQuery_Text_SelectsAsKubernetesDoes(string text, bool expected)
    {
        LabelQuery.TryParse(text, out var query, out var error).ShouldBeTrue(error);
        query!.Matches(Labels).ShouldBe(expected);
    }

    [Theory]
    [InlineData("app=web,")]
    [InlineData("=web")]
    [InlineData("app=a b")]
    [InlineData("app in web")]
    [InlineData("app in (web")]
    [InlineData("app within (web)")]
    [InlineData("a b c")]
    [InlineData("!")]
    [InlineData("app=(web)")]
    public void LabelQuery_NotASelector_SaysSo(string text)
    {
        LabelQuery.TryParse(text, out var query, out var error).ShouldBeFalse();
        query.ShouldBeNull();
        error.ShouldNotBeNull().ShouldStartWith($"unable to parse label selector \"{text}\": ");
    }

    [Theory]
    [InlineData("metadata.name=p", true)]
    [InlineData("metadata.name!=p", false)]
    [InlineData("metadata.namespace==shop,status.phase!=Pending", true)]
    [InlineData("spec.nodeName=n1,status.phase=Running", true)]
    [InlineData("spec.nodeName=n2", false)]
    public void FieldQuery_Pod_SelectsByItsFields(string text, bool expected)
    {
        var pod = new Pod { Metadata = new ObjectMeta { Name = "p", Namespace = "shop" }, Spec = new PodSpec { NodeName = "n1" }, Status = new PodStatus { Phase = "Running" } };

        FieldQuery.TryParse(Kinds.Pod, text, out var query, out var error).ShouldBeTrue(error);
        query!.Matches(pod).ShouldBe(expected);
    }

    [Fact]
    public void FieldQuery_Event_SelectsByItsObjectAsDescribeDoes()
    {
        var @event = new Event { InvolvedObject = new ObjectReference { Kind = "App", Name = "web", Namespace = "shop", Uid = "1" }, Reason = "Placed", Type = "Warning" };

        Parse("involvedObject.name=web,involvedObject.namespace=shop,involvedObject.kind=App,involvedObject.uid=1").Matches(@event).ShouldBeTrue();
        Parse("involvedObject.uid=2").Matches(@event).ShouldBeFalse();
        Parse("type=Warning,reason=Placed").Matches(@event).ShouldBeTrue();
        Parse("type!=Warning").Matches(@event).ShouldBeFalse();

        static FieldQuery Parse(string text) => FieldQuery.TryParse(Kinds.Event, text, out var query, out var error) ? query : throw new InvalidOperationException(error);
    }

    [Fact]
    public void FieldQuery_ExactName_IsKnownWithoutASearch()
    {
        FieldQuery.TryParse(Kinds.App, "metadata.name=web,metadata.namespace=shop", out var query, out _).ShouldBeTrue();

        (query!.Name, query.Namespace).ShouldBe(("web", "shop"));
    }

    [Theory]
    [InlineData("metadata.name=web", true, true)]
    [InlineData("metadata.name=api", true, false)]
    [InlineData("metadata.name!=web", true, false)]
    [InlineData("metadata.namespace=shop,metadata.name!=api", true, true)]
    [InlineData("metadata.namespace!=shop", true, false)]
    [InlineData("spec.nodeName=none", false, true)]
    [InlineData("spec.nodeName=none,metadata.name=api", false, false)]
    public void FieldQuery_MatchesKey_SaysWhatTheKeyAloneCanSay(string text, bool everything, bool matches)
    {
        FieldQuery.TryParse(Kinds.Pod, text, out var query, out var error).ShouldBeTrue(error);

        (query!.SelectsByKeyOnly, query.MatchesKey(new ObjectKey("Pod", "shop", "web"))).ShouldBe((everything, matches));
    }

    [Theory]
    [InlineData("spec.replicas=3", "field label not supported: spec.replicas")]
    [InlineData("name", "\"name\" is not of the form field=value")]
    public void FieldQuery_UnknownFieldOrForm_SaysSo(string text, string problem)
    {
        FieldQuery.TryParse(Kinds.App, text, out _, out var error).ShouldBeFalse();
        error.ShouldBe($"unable to parse field selector \"{text}\": {problem}");
    }
}
