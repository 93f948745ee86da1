using System.Text;
using System.Text.RegularExpressions;

namespace Federation.EndToEnd.Tests.Sessions;

/// <summary>One command of a recorded session and what it must answer.</summary>
/// <param name="Line">Its line in the file.</param>
/// <param name="Command">Runs in bash; standard output and error are one.</param>
/// <param name="IsEventual">It is repeated until it answers as expected.</param>
/// <param name="Expected">The answer, line by line: <c>…</c> stands for anything within a line, alone for any number of lines; runs of blanks are equal.</param>
/// <param name="ExitCode">Default 0.</param>
internal sealed partial record SessionStep(int Line, string Command, bool IsEventual, IReadOnlyList<string> Expected, int ExitCode)
{
    private const char Anything = '…';

    /// <summary>
    /// Reads a session: <c>$ command</c> (<c>~ command</c> for an eventual one), <c>&gt; </c> more of the command, <c>[n]</c> its exit code; what stands
    /// between is the answer; <c>#</c> and empty lines end it.
    /// </summary>
    public static IReadOnlyList<SessionStep> Parse(IEnumerable<string> lines)
    {
        var steps = new List<SessionStep>();
        var number = 0;
        var isOpen = false;
        foreach (var line in lines)
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                isOpen = false;
            }
            else if (line.StartsWith("$ ", StringComparison.Ordinal) || line.StartsWith("~ ", StringComparison.Ordinal))
            {
                steps.Add(new SessionStep(number, line[2..], line[0] == '~', [], 0));
                isOpen = true;
            }
            else if (!isOpen)
            {
                throw new FormatException($"Line {number} answers no command: {line}");
            }
            else
            {
                steps[^1] = steps[^1].With(line);
            }
        }

        return steps;
    }

    /// <summary>Null: as expected; else what is wrong.</summary>
    public string? Mismatch(int exitCode, string output)
    {
        var answer = output.TrimEnd('\n');
        if (exitCode != ExitCode)
            return $"exit code {exitCode} instead of {ExitCode}";
        return Pattern().IsMatch(answer) ? null : $"expected:\n{string.Join('\n', Expected)}";
    }

    private SessionStep With(string line)
    {
        if (line.StartsWith("> ", StringComparison.Ordinal))
            return this with { Command = $"{Command}\n{line[2..]}" };
        return ExitCodeLine().Match(line) is { Success: true } code
            ? this with { ExitCode = int.Parse(code.Groups["code"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) }
            : this with { Expected = [.. Expected, line] };
    }

    private Regex Pattern()
    {
        var pattern = new StringBuilder("^");
        foreach (var line in Expected)
            pattern.Append(line == $"{Anything}" ? "(?:.*(?:\n|$))*?" : $"{LinePattern(line)}[ \t]*(?:\n|$)");
        return new Regex(pattern.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
    }

    private static string LinePattern(string line)
    {
        var escaped = string.Join(".*", line.Split(Anything).Select(Regex.Escape));
        return EscapedBlanks().Replace(escaped, "[ \t]+");
    }

    [GeneratedRegex(@"^\[(?<code>\d+)\]$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex ExitCodeLine();

    [GeneratedRegex(@"(\\ |\\t)+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex EscapedBlanks();
}
