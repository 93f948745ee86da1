using System.Text;
using Federation.Api.Patches;

namespace Federation.Api.Tests.Patches;

public sealed class StrategicMergePatchTests
{
    [Theory]
    [InlineData("fields merge, null removes", """{"metadata":{"labels":{"a":"1","b":"2"}}}""", """{"metadata":{"labels":{"a":null,"c":"3"}}}""", """{"metadata":{"labels":{"b":"2","c":"3"}}}""")]
    [InlineData("nulls of a new map are dropped", """{"metadata":{}}""", """{"metadata":{"labels":{"a":null,"c":"3"}}}""", """{"metadata":{"labels":{"c":"3"}}}""")]
    [InlineData("$patch replace", """{"metadata":{"labels":{"a":"1"}}}""", """{"metadata":{"labels":{"$patch":"replace","b":"2"}}}""", """{"metadata":{"labels":{"b":"2"}}}""")]
    [InlineData("$patch delete", """{"metadata":{"labels":{"a":"1"}}}""", """{"metadata":{"labels":{"$patch":"delete"}}}""", """{"metadata":{"labels":{}}}""")]
    [InlineData("$patch merge", """{"metadata":{"labels":{"a":"1"}}}""", """{"metadata":{"labels":{"$patch":"merge","b":"2"}}}""", """{"metadata":{"labels":{"a":"1","b":"2"}}}""")]
    [InlineData("$retainKeys", """{"metadata":{"labels":{"a":"1","b":"2"}}}""", """{"metadata":{"labels":{"$retainKeys":["b","c"],"c":"3"}}}""", """{"metadata":{"labels":{"b":"2","c":"3"}}}""")]
    [InlineData("set list adds", """{"metadata":{"finalizers":["a/x"]}}""", """{"metadata":{"finalizers":["a/x","b/y"]}}""", """{"metadata":{"finalizers":["a/x","b/y"]}}""")]
    [InlineData("$deleteFromPrimitiveList", """{"metadata":{"finalizers":["a/x","b/y"]}}""", """{"metadata":{"$deleteFromPrimitiveList/finalizers":["a/x"]}}""", """{"metadata":{"finalizers":["b/y"]}}""")]
    [InlineData("$setElementOrder of scalars", """{"metadata":{"finalizers":["a/x","s/s","b/y"]}}""", """{"metadata":{"$setElementOrder/finalizers":["b/y","c/z","a/x"],"finalizers":["c/z"]}}""", """{"metadata":{"finalizers":["s/s","b/y","c/z","a/x"]}}""")]
    [InlineData("elements merge by key", """{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"x:1"},{"name":"b","image":"y:1"}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"name":"b","image":"y:2"},{"name":"c","image":"z:1"}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"x:1"},{"name":"b","image":"y:2"},{"name":"c","image":"z:1"}]}}}}""")]
    [InlineData("element deleted", """{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"$patch":"delete","name":"a"}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"name":"b"}]}}}}""")]
    [InlineData("list replaced", """{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"$patch":"replace"},{"name":"c"}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"name":"c"}]}}}}""")]
    [InlineData("$setElementOrder of elements", """{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}}}}""", """{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"c"},{"name":"a"}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}}}}""")]
    [InlineData("lists without names are replaced", """{"spec":{"template":{"spec":{"containers":[{"name":"a","args":["1","2"]}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"name":"a","args":["3"]}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"name":"a","args":["3"]}]}}}}""")]
    [InlineData("numbers are keys too", """{"spec":{"expose":[{"port":80,"name":"w"}]}}""", """{"spec":{"expose":[{"port":80,"targetPort":"http"},{"port":81}]}}""", """{"spec":{"expose":[{"port":80,"name":"w","targetPort":"http"},{"port":81}]}}""")]
    public void Apply_EachRule_GivesTheResult(string rule, string target, string patch, string expected)
    {
        var result = StrategicMergePatch.Apply(Kinds.App, Manifests.Utf8(target), Manifests.Utf8(patch));

        result.IsApplied.ShouldBeTrue($"{rule}: {result.Error}");
        var actual = Encoding.UTF8.GetString(result.Json.Span);
        if (rule == "$setElementOrder of elements")
            Names(actual).ShouldBe(["b", "c", "a"]);
        else
            actual.ShouldBe(expected, rule);
    }

    [Theory]
    [InlineData("""{"metadata":{"$patch":"spin"}}""", "unknown $patch", false)]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"image":"x"}]}}}}""", "merge key name", true)]
    [InlineData("""{"metadata":{"finalizers":[{}]}}""", "only scalars", true)]
    [InlineData("""{"metadata":{"$retainKeys":["a"],"labels":{"b":"c"}}}""", "$retainKeys does not name", false)]
    [InlineData("""{"metadata":{"$setElementOrder/finalizers":["a/x"],"finalizers":["b/y"]}}""", "$setElementOrder/finalizers does not name", false)]
    [InlineData("[]", "is a JSON object", false)]
    [InlineData("{", "not valid JSON", false)]
    public void Apply_WrongPatch_SaysWhy(string patch, string says, bool isRefused)
    {
        var result = StrategicMergePatch.Apply(Kinds.App, "{}"u8.ToArray(), Manifests.Utf8(patch));

        result.Error.ShouldNotBeNull().ShouldContain(says);
        result.IsRefused.ShouldBe(isRefused);
    }

    private static IEnumerable<string?> Names(string app) =>
        System.Text.Json.Nodes.JsonNode.Parse(app)!["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(container => (string?)container!["name"]);
}
