using Federation.Cli.Commands;

namespace Federation.Cli.Tests.Commands;

public sealed class KindArgumentTests
{
    [Theory]
    [InlineData("app", "App")]
    [InlineData("Apps", "App")]
    [InlineData("ns", "Namespace")]
    [InlineData("po", "Pod")]
    [InlineData("cm", "ConfigMap")]
    [InlineData("nodes", "Node")]
    [InlineData("no", "Node")]
    public void Parse_AnyOfItsNames_FindsTheKind(string text, string kind) => KindArgument.Parse(text).Kind.ShouldBe(kind);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("credentials")]
    public void Parse_UnknownOrInternal_NamesTheKindsThereAre(string text) =>
        Should.Throw<CliException>(() => KindArgument.Parse(text)).Message.ShouldContain("apps, daemons, jobs, petsets, petsnapshots, clusters");

    [Fact]
    public void ParseWithNames_SlashForm_IsOneObject()
    {
        var (kind, names) = KindArgument.ParseWithNames(["app/web"]);
        (kind.Kind, string.Join(",", names)).ShouldBe(("App", "web"));
    }

    [Fact]
    public void ParseWithNames_KindAndNames_KeepsEveryName()
    {
        var (kind, names) = KindArgument.ParseWithNames(["pods", "a", "b"]);
        (kind.Kind, string.Join(",", names)).ShouldBe(("Pod", "a,b"));
    }
}
