using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Sessions;

/// <summary>Plays a session file in bash, in a directory of its own: readable as a transcript, and every answer is checked.</summary>
internal sealed class Session(IReadOnlyDictionary<string, string> environment) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("session");

    /// <param name="file">Its name beside the test's program.</param>
    /// <param name="replace">Words of the file that differ from run to run.</param>
    /// <returns>How many commands it had.</returns>
    public async Task<int> PlayAsync(string file, params (string Word, string By)[] replace)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Sessions", file));
        var steps = SessionStep.Parse(replace.Aggregate(text, (lines, word) => lines.Replace(word.Word, word.By, StringComparison.Ordinal)).Split('\n'));
        foreach (var step in steps)
            await PlayAsync(file, step);
        return steps.Count;
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task PlayAsync(string file, SessionStep step)
    {
        var answer = "";
        async Task<string?> RunAsync()
        {
            var result = await Command.RunAsync("bash", ["-c", $"cd '{_directory.FullName}'; exec 2>&1; {step.Command}"], environment: environment);
            answer = $"{result.Output}[{result.ExitCode}]";
            return step.Mismatch(result.ExitCode, result.Output);
        }

        var where = $"{file}:{step.Line}: {step.Command}";
        if (step.IsEventual)
            await Eventually.TrueAsync(async () => await RunAsync() is null, where, Patience, () => $"\n{answer}\nexpected:\n{string.Join('\n', step.Expected)}");
        else if (await RunAsync() is { } mismatch)
            Assert.Fail($"{where}\n{answer}\n{mismatch}");
    }
}
