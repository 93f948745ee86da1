using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Gateway.Resources;
using Federation.Gateway.Sources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Federation.Gateway.Tests.Resources;

public sealed class ObjectFilterTests
{
    /// <summary>Versions are written <c>label/phase</c>; <c>-</c>: there is none.</summary>
    [Theory]
    [InlineData("labelSelector", "l=a", "-", "a/x", false, true)]
    [InlineData("labelSelector", "l=a", "-", "b/x", false, false)]
    [InlineData("labelSelector", "l=a", "a/x", "a/y", true, true)]
    [InlineData("labelSelector", "l=a", "a/x", "b/x", true, false)]
    [InlineData("labelSelector", "l=a", "b/x", "a/x", false, true)]
    [InlineData("labelSelector", "l=a", "b/x", "b/y", false, false)]
    [InlineData("labelSelector", "l=a", "a/x", "-", true, false)]
    [InlineData("labelSelector", "l=a", "b/x", "-", false, false)]
    [InlineData("labelSelector", "l!=a", "a/x", "b/x", false, true)]
    [InlineData("fieldSelector", "status.phase=x", "a/x", "a/y", true, false)]
    [InlineData("fieldSelector", "status.phase=x", "a/y", "a/x", false, true)]
    [InlineData("fieldSelector", "status.phase=x", "-", "a/x", false, true)]
    [InlineData("fieldSelector", "status.phase=x", "a/x", "-", true, false)]
    [InlineData("fieldSelector", "metadata.name=p", "a/x", "a/y", true, true)]
    [InlineData("fieldSelector", "metadata.name=q", "a/x", "a/y", false, false)]
    [InlineData("fieldSelector", "metadata.namespace=other", "a/x", "a/y", false, false)]
    [InlineData("labelSelector", "", "-", "a/x", false, true)]
    [InlineData("labelSelector", "", "a/x", "a/y", true, true)]
    [InlineData("labelSelector", "", "a/x", "-", true, false)]
    public void Judge_Change_SaysWhetherEachVersionMatches(string parameter, string selector, string before, string after, bool matched, bool matches)
    {
        var filter = ObjectFilter.Parse(Kinds.Pod, null, new QueryCollection(new Dictionary<string, StringValues> { [parameter] = selector }));
        var old = before == "-" ? null : View(before, 1);
        var change = new ObjectChange(old, after == "-" ? old!.At(2) : View(after, 2), IsDelete: after == "-");

        filter.Judge(change).ShouldBe((matched, matches));
        // Asked again, by the next watch, the answer is the same.
        filter.Judge(change).ShouldBe((matched, matches));
        // A log without the version before a delete says as much.
        if (change.IsDelete)
            filter.Judge(change with { Before = null }).ShouldBe((matched, matches));
    }

    [Fact]
    public void LabelsSince_Unchanged_AreTheVeryOnesOfTheVersionBefore()
    {
        var before = View("a/x", 1);

        View("a/y", 2).LabelsSince(before).ShouldBeSameAs(before.Labels);
        View("b/y", 2).LabelsSince(before).ShouldBe(new Dictionary<string, string> { ["l"] = "b" });
    }

    private static ObjectView View(string version, long revision) => new(
        new Pod
        {
            Metadata = new ObjectMeta { Name = "p", Namespace = "shop", Labels = new Dictionary<string, string> { ["l"] = version.Split('/')[0] } },
            Status = new PodStatus { Phase = version.Split('/')[1] },
        },
        revision);
}
