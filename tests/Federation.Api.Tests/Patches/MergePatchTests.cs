using System.Text;
using Federation.Api.Patches;

namespace Federation.Api.Tests.Patches;

public sealed class MergePatchTests
{
    /// <summary>The examples of RFC 7386, appendix A.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", "null", "null")]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("[1,2]", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Apply_RfcExamples_GiveTheRfcResults(string target, string patch, string expected) =>
        Text(MergePatch.Apply(Manifests.Utf8(target), Manifests.Utf8(patch))).ShouldBe(expected);

    [Fact]
    public void Apply_NumbersAndText_KeepTheirDigits() =>
        Text(MergePatch.Apply("""{"a":1.50,"b":12345678901234567890}"""u8.ToArray(), """{"c":1e2}"""u8.ToArray())).ShouldBe("""{"a":1.50,"b":12345678901234567890,"c":1e2}""");

    [Theory]
    [InlineData("{", "the patch is not valid JSON")]
    [InlineData("""{"a":1,"a":2}""", "the patch is not valid JSON")]
    [InlineData("""{"a":"\ud800"}""", "the patch is not valid Unicode text")]
    public void Apply_BrokenPatch_IsAnErrorNotAnException(string patch, string error) =>
        MergePatch.Apply("{}"u8.ToArray(), Manifests.Utf8(patch)).Error.ShouldNotBeNull().ShouldStartWith(error);

    private static string Text(PatchResult result)
    {
        result.IsApplied.ShouldBeTrue(result.Error);
        return Encoding.UTF8.GetString(result.Json.Span);
    }
}
