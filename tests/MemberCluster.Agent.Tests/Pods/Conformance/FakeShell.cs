using System.Text.RegularExpressions;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;

namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>As much of a shell as the cases need: statements with <c>;</c> and <c>&amp;&amp;</c>, quotes, redirections, a trap for TERM.</summary>
internal sealed partial class FakeShell(FakeCommands commands, Action<OutputStream, string> write, FakeProcess? process)
{
    private const string WaitCommand = "wait-for-signals";
    private const string MemoryCommand = "take-all-memory";
    private string? _trap;

    private sealed class ExitException(int code) : Exception
    {
        public int Code => code;
    }

    public static FakeProgram ProgramOf(ContainerSpec spec, string files, FakeEngine engine)
    {
        var script = spec.Entrypoint.Length > 2 ? spec.Entrypoint[2] : spec.Args.FirstOrDefault() ?? "";
        if (spec.Entrypoint[0] != "/bin/sh")
            return new FakeProgram { StartError = $"exec: \"{spec.Entrypoint[0]}\": stat {spec.Entrypoint[0]}: no such file or directory" };
        return new FakeProgram
        {
            Main = (process, token) => new FakeShell(new FakeCommands(spec, files, engine), process.Write, process).RunAsync(script, token),
            Exec = (session, token) => session.Spec.Command[0] == "/bin/sh"
                ? new FakeShell(new FakeCommands(spec, files, engine), session.Write, null).RunAsync(session.Spec.Command[^1], token)
                : new FakeShell(new FakeCommands(spec, files, engine), session.Write, null).RunAsync(string.Join(' ', session.Spec.Command), token),
        };
    }

    public async Task<int> RunAsync(string script, CancellationToken cancellationToken)
    {
        if (commands.Answer(script) is { } answer)
        {
            write(OutputStream.StandardOutput, answer + "\n");
            return 0;
        }

        var code = 0;
        try
        {
            foreach (var statement in Split(script.Replace(Sh.Wait, WaitCommand, StringComparison.Ordinal).Replace(Sh.TakeAllMemory, MemoryCommand, StringComparison.Ordinal), ";"))
            {
                foreach (var command in Split(statement, "&&"))
                {
                    code = await RunCommandAsync(command, cancellationToken);
                    if (code != 0)
                        break;
                }
            }

            return code;
        }
        catch (ExitException exit)
        {
            return exit.Code;
        }
    }

    private async Task<int> RunCommandAsync(string text, CancellationToken cancellationToken)
    {
        var words = WordPattern().Matches(text).Select(match => match.Groups["quoted"] is { Success: true } quoted ? quoted.Value : match.Value).ToList();
        if (words.Count == 0)
            return 0;
        switch (words[0])
        {
            case "exit":
                throw new ExitException(words.Count > 1 ? int.Parse(words[1]) : 0);
            case "exec":
                throw new ExitException(await RunCommandAsync(text[(text.IndexOf("exec", StringComparison.Ordinal) + 4)..], cancellationToken));
            case "trap":
                _trap = words[1];
                return 0;
            case WaitCommand:
                await process!.StopRequested.WaitAsync(cancellationToken);
                if (_trap is null)
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                throw new ExitException(await RunAsync(_trap!, cancellationToken));
            case MemoryCommand:
                process!.RunOutOfMemory();
                return 137;
            default:
                return await RunWithOutputAsync(words, cancellationToken);
        }
    }

    private async Task<int> RunWithOutputAsync(List<string> words, CancellationToken cancellationToken)
    {
        var redirection = words.FindIndex(word => word is ">" or ">>");
        var arguments = redirection < 0 ? words : words[..redirection];
        try
        {
            var (code, output) = await commands.RunAsync(arguments, process, cancellationToken);
            if (redirection >= 0)
                commands.Files.Write(words[redirection + 1], output, words[redirection] == ">>");
            else if (output.Length > 0)
                write(OutputStream.StandardOutput, output);
            return code;
        }
        catch (IOException exception)
        {
            write(OutputStream.StandardError, exception.Message + "\n");
            return 1;
        }
    }

    private static IEnumerable<string> Split(string text, string separator)
    {
        var (start, isQuoted) = (0, false);
        for (var at = 0; at < text.Length; at++)
        {
            isQuoted ^= text[at] == '\'';
            if (isQuoted || string.CompareOrdinal(text, at, separator, 0, separator.Length) != 0)
                continue;
            yield return text[start..at];
            start = at + separator.Length;
        }

        yield return text[start..];
    }

    [GeneratedRegex("""'(?<quoted>[^']*)'|[^\s']+""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WordPattern();
}
