using System.Text;
using Federation.Api.Patches;

namespace Federation.Api.Tests.Patches;

public sealed class JsonPatchTests
{
    /// <summary>The examples of RFC 6902, appendix A, that work.</summary>
    [Theory]
    [InlineData("A.1", """{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("A.2", """{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("A.3", """{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("A.4", """{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [InlineData("A.5", """{"baz":"qux","foo":"bar"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"baz":"boo","foo":"bar"}""")]
    [InlineData("A.6", """{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}""", """[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]""", """{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}""")]
    [InlineData("A.7", """{"foo":["all","grass","cows","eat"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["all","cows","eat","grass"]}""")]
    [InlineData("A.8", """{"baz":"qux","foo":["a",2,"c"]}""", """[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]""", """{"baz":"qux","foo":["a",2,"c"]}""")]
    [InlineData("A.10", """{"foo":"bar"}""", """[{"op":"add","path":"/child","value":{"grandchild":{}}}]""", """{"foo":"bar","child":{"grandchild":{}}}""")]
    [InlineData("A.11", """{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux","xyz":123}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("A.14", """{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10}]""", """{"/":9,"~1":10}""")]
    [InlineData("A.16", """{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc","def"]}]""", """{"foo":["bar",["abc","def"]]}""")]
    public void Apply_RfcExamples_GiveTheRfcResults(string example, string target, string patch, string expected)
    {
        var result = JsonPatch.Apply(Manifests.Utf8(target), Manifests.Utf8(patch));

        result.IsApplied.ShouldBeTrue($"{example}: {result.Error}");
        Encoding.UTF8.GetString(result.Json.Span).ShouldBe(expected, example);
    }

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"copy","from":"/a","path":"/b"}]""", """{"a":1,"b":1}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/c/b","value":2}]""", """{"a":{"b":1},"c":{"b":2}}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"replace","path":"/a/0","value":null}]""", """{"a":[null,2]}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":{"b":2}}]""", """{"b":2}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/a","value":1.0},{"op":"test","path":"","value":{"a":1}}]""", """{"a":1}""")]
    [InlineData("""{"a":1}""", """[{"op":"move","from":"/a","path":"/a"}]""", """{"a":1}""")]
    [InlineData("""{"a":1}""", "[]", """{"a":1}""")]
    public void Apply_OtherCases_GiveWhatTheRfcSays(string target, string patch, string expected) =>
        Encoding.UTF8.GetString(JsonPatch.Apply(Manifests.Utf8(target), Manifests.Utf8(patch)).Json.Span).ShouldBe(expected);

    /// <summary>A.9, A.12 and A.15, and the rest of what a document may refuse.</summary>
    [Theory]
    [InlineData("""{"baz":"qux"}""", """[{"op":"test","path":"/baz","value":"bar"}]""", "the test of /baz failed")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz/bat","value":"qux"}]""", "there is no /baz")]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":"10"}]""", "the test of /~01 failed")]
    [InlineData("""{"a":1}""", """[{"op":"remove","path":"/b"}]""", "there is no /b")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/b","value":1}]""", "there is no /b")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/2","value":1}]""", "beyond the end")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/01","value":1}]""", "not an index")]
    [InlineData("""{"a":[1]}""", """[{"op":"remove","path":"/a/-"}]""", "not an index")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"move","from":"/a","path":"/a/b/c"}]""", "cannot be moved into itself")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/a/b","value":1}]""", "there is no /a/b")]
    public void Apply_DocumentDoesNotTakeIt_IsRefused(string target, string patch, string says)
    {
        var result = JsonPatch.Apply(Manifests.Utf8(target), Manifests.Utf8(patch));

        result.Error.ShouldNotBeNull().ShouldContain(says);
        result.IsRefused.ShouldBeTrue();
    }

    /// <summary>A.13 among them: which of two operations was meant cannot be known.</summary>
    [Theory]
    [InlineData("""[{"op":"add","path":"/baz","value":"qux","op":"remove"}]""", "not valid JSON")]
    [InlineData("{}", "list of operations")]
    [InlineData("[1]", "operation 0 of the patch is not an object")]
    [InlineData("""[{"path":"/a"}]""", "op is missing")]
    [InlineData("""[{"op":"add","path":"/a"}]""", "value is missing")]
    [InlineData("""[{"op":"move","path":"/a"}]""", "from is missing")]
    [InlineData("""[{"op":"spin","path":"/a"}]""", "\"spin\" is no operation")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""", "must begin with /")]
    [InlineData("""[{"op":"add","path":"/~2","value":1}]""", "~ must be followed")]
    [InlineData("""[{"op":"add","path":"/\ud800","value":1}]""", "not valid Unicode")]
    public void Apply_NoPatchAtAll_IsMalformed(string patch, string says)
    {
        var result = JsonPatch.Apply("{}"u8.ToArray(), Manifests.Utf8(patch));

        result.Error.ShouldNotBeNull().ShouldContain(says);
        result.IsRefused.ShouldBeFalse();
    }

    [Fact]
    public void Apply_CopiesOfCopies_AreStopped()
    {
        var wide = string.Join(',', Enumerable.Range(0, 30).Select(index => $$"""{"op":"copy","from":"/a","path":"/a/-"}"""));
        var deep = string.Join(',', Enumerable.Range(0, 80).Select(index => """{"op":"move","from":"/d","path":"/e"},{"op":"add","path":"/d","value":{}},{"op":"move","from":"/e","path":"/d/x"}"""));

        JsonPatch.Apply(Manifests.Utf8("""{"a":["0123456789"]}"""), Manifests.Utf8($"[{wide}]")).Error.ShouldNotBeNull().ShouldContain("more than");
        JsonPatch.Apply(Manifests.Utf8("""{"d":{}}"""), Manifests.Utf8($"[{deep}]")).Error.ShouldNotBeNull().ShouldContain("deeper than 64");
        JsonPatch.Apply("{}"u8.ToArray(), Manifests.Utf8($"[{string.Join(',', Enumerable.Repeat("""{"op":"test","path":"","value":{}}""", JsonPatch.MostOperations + 1))}]")).Error.ShouldNotBeNull().ShouldContain("at most");
    }
}
