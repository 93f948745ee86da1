namespace Federation.EndToEnd.Tests.Sessions;

/// <summary>What a session file accepts and what it does not: otherwise nothing it says is worth anything.</summary>
public sealed class SessionStepTests
{
    [Fact]
    public void Parse_CommandsAnswersAndExitCodes_AreTold()
    {
        var steps = SessionStep.Parse(["# title", "$ cat <<E", "> a", "> E", "a", "", "~ false", "[1]", "$ true"]);
        steps.Select(step => (step.Line, step.Command, step.IsEventual, step.ExitCode)).ShouldBe([(2, "cat <<E\na\nE", false, 0), (7, "false", true, 1), (9, "true", false, 0)]);
        steps[0].Expected.ShouldBe(["a"]);
        Should.Throw<FormatException>(() => SessionStep.Parse(["lost answer"])).Message.ShouldContain("Line 1");
    }

    [Theory]
    [InlineData("NAME READY", "NAME   READY\n", true)]
    [InlineData("NAME READY", "NAME   READY  \n", true)]
    [InlineData("NAME READY", "NAMEREADY\n", false)]
    [InlineData("pod/…-1 deleted", "pod/web-1 deleted\n", true)]
    [InlineData("pod/…-1 deleted", "pod/web-2 deleted\n", false)]
    [InlineData("a", "a\nb\n", false)]
    [InlineData("a|b", "a\n", false)]
    [InlineData("…|b", "b\n", true)]
    [InlineData("…|b", "a\na\nb\n", true)]
    [InlineData("a|…|c|…", "a\nc\n", true)]
    [InlineData("a|…|c|…", "a\nb\nd\n", false)]
    [InlineData("…|Events:|…", "Name: x\nEvents:\n  1\n", true)]
    [InlineData("", "", true)]
    [InlineData("", "surprise\n", false)]
    [InlineData("[a.b]", "[a.b]\n", true)]
    [InlineData("[a.b]", "axb\n", false)]
    public void Mismatch_Answer_IsComparedLineByLine(string expected, string output, bool isExpected)
    {
        var step = SessionStep.Parse(["$ command", .. expected.Split('|', StringSplitOptions.RemoveEmptyEntries)]).Single();
        (step.Mismatch(0, output) is null).ShouldBe(isExpected);
        step.Mismatch(3, output).ShouldNotBeNull().ShouldContain("exit code 3 instead of 0");
    }
}
