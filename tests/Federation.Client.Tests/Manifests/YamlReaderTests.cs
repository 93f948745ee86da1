using System.Text;
using System.Text.Json;
using Federation.Yaml;

namespace Federation.Client.Tests.Manifests;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: 0x1F", """{"a":31}""")]
    [InlineData("a: 0o17", """{"a":15}""")]
    [InlineData("a: -1.5e3", """{"a":-1500}""")]
    [InlineData("a: true\nb: False\nc: null\nd: ~\ne:", """{"a":true,"b":false,"c":null,"d":null,"e":null}""")]
    [InlineData("a: yes\nb: on\nc: 1.2.3\nd: 200m\ne: 1e", """{"a":"yes","b":"on","c":"1.2.3","d":"200m","e":"1e"}""")]
    [InlineData("a: \"1\"\nb: 'true'\nc: !!str 5", """{"a":"1","b":"true","c":"5"}""")]
    [InlineData("- a\n- {b: [1, 2]}", """["a",{"b":[1,2]}]""")]
    [InlineData("a: |\n  x\n  y\nb: >-\n  x\n  y", """{"a":"x\ny\n","b":"x y"}""")]
    [InlineData("a: &x {k: 1}\nb: *x", """{"a":{"k":1},"b":{"k":1}}""")]
    [InlineData("base: &x {k: 1, l: 1}\nb:\n  <<: *x\n  k: 2", """{"base":{"k":1,"l":1},"b":{"k":2,"l":1}}""")]
    [InlineData("""{"a": [1, "two", null], "b": {"c": false}}""", """{"a":[1,"two",null],"b":{"c":false}}""")]
    public void Read_OneDocument_IsThatJson(string yaml, string json) =>
        Encoding.UTF8.GetString(YamlReader.Read(yaml).ShouldHaveSingleItem().Json).ShouldBe(json);

    [Fact]
    public void Read_SeveralDocuments_SkipsEmptyOnesAndCountsLinesOverAll()
    {
        var documents = YamlReader.Read("a: 1\n---\n# nothing\n---\nb:\n  - c: 2\n...\n");

        documents.Count.ShouldBe(2);
        documents[1].Line.ShouldBe(5);
        documents[1].LineOf("b[0].c").ShouldBe(6);
        documents[1].LineOf("b[0].missing.deeper").ShouldBe(6);
        documents[1].LineOf("nowhere").ShouldBe(5);
    }

    [Theory]
    [InlineData("a: 1\nb: [1, 2", 3)]
    [InlineData("a: 1\na: 2", 2)]
    [InlineData("a: *missing", 1)]
    [InlineData("a: 1\nb: .inf", 2)]
    [InlineData("a: !custom x", 1)]
    [InlineData("a: 0xFFFFFFFFFFFFFFFFFFFF", 1)]
    public void Read_Wrong_SaysWhichLine(string yaml, int line) =>
        Should.Throw<YamlSyntaxException>(() => YamlReader.Read(yaml)).Line.ShouldBe(line);

    [Fact]
    public void Read_AliasesThatMultiply_AreRefusedBeforeTheyFillTheMemory()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var level = 1; level <= 9; level++)
            bomb.Append($"a{level}: &a{level} [{string.Join(',', Enumerable.Repeat($"*a{level - 1}", 10))}]\n");

        Should.Throw<YamlSyntaxException>(() => YamlReader.Read(bomb.ToString())).Problem.ShouldContain("more than");
    }

    [Fact]
    public void Read_NestedTooDeeply_IsRefused() =>
        Should.Throw<YamlSyntaxException>(() => YamlReader.Read(new string('[', 5000))).Problem.ShouldContain("deeper");

    [Theory]
    [InlineData("""{"a":"1","b":"true","c":"yes","d":"","e":"2026-01-01","f":" x ","g":"a: b","h":"- x","i":"#","j":"null"}""")]
    [InlineData("""{"a":{},"b":[],"c":[{"d":[1,2.5,true,null]},[["x"]]],"1":2,"true":1}""")]
    [InlineData("""{"a":"line\nline\n","b":"line\nline","c":"\n","d":"\n\nx\n\n","e":" lead\n","f":"tab\there","g":"trail \nx"}""")]
    [InlineData("""["é","\u0001","🙂","C:\\x","\"q\""]""")]
    public void Write_ThenRead_GivesTheSameJson(string json)
    {
        using var document = JsonDocument.Parse(json);

        var back = YamlReader.Read(YamlWriter.Write(document.RootElement)).ShouldHaveSingleItem();

        using var read = JsonDocument.Parse(back.Json);
        JsonElement.DeepEquals(read.RootElement, document.RootElement).ShouldBeTrue(YamlWriter.Write(document.RootElement));
    }
}
