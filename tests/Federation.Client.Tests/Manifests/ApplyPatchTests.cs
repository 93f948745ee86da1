using System.Text.Json.Nodes;
using Federation.Client.Manifests;

namespace Federation.Client.Tests.Manifests;

public sealed class ApplyPatchTests
{
    [Theory]
    [InlineData("""{}""", """{"a":1}""", """{"a":1}""", """{}""")]
    [InlineData("""{}""", """{"a":1}""", """{"a":2}""", """{"a":1}""")]
    [InlineData("""{"a":1}""", """{}""", """{"a":1}""", """{"a":null}""")]
    [InlineData("""{}""", """{}""", """{"a":1}""", """{}""")]
    [InlineData("""{"a":1}""", """{}""", """{}""", """{}""")]
    [InlineData("""{"s":{"x":1,"y":1}}""", """{"s":{"x":1}}""", """{"s":{"x":1,"y":1,"z":1}}""", """{"s":{"y":null}}""")]
    [InlineData("""{}""", """{"l":[1]}""", """{"l":[1,2]}""", """{"l":[1]}""")]
    [InlineData("""{}""", """{"l":[],"o":{}}""", """{}""", """{}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":5}""", """{"a":{"b":1}}""", """{"a":5}""")]
    [InlineData("""{"a":1}""", """{"a":null}""", """{"a":1}""", """{"a":null}""")]
    public void Compute_ThreeStates_GiveTheDifference(string lastApplied, string manifest, string live, string patch) =>
        ApplyPatch.Compute(Parse(lastApplied), Parse(manifest), Parse(live)).ToJsonString().ShouldBe(patch);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
