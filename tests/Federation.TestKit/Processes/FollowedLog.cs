using System.Diagnostics;

namespace Federation.TestKit.Processes;

/// <summary>A <c>kubectl logs -f</c> that runs. It is read as far as the test reads it: who reads nothing is a reader that stands still.</summary>
public sealed class FollowedLog : IAsyncDisposable
{
    private readonly Process _process;

    private FollowedLog(Process process) => _process = process;

    public static FollowedLog Start(string kubeconfig, string pod)
    {
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", kubeconfig, "logs", "-f", pod]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        return new FollowedLog(Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start."));
    }

    /// <summary>The next line; null when kubectl has ended.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken) => await _process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>All lines up to one, that one not included.</summary>
    /// <exception cref="InvalidOperationException">kubectl ended before it.</exception>
    public async Task<IReadOnlyList<string>> ReadUntilAsync(string last, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (await ReadAsync(cancellationToken) is { } line)
        {
            if (line == last)
                return lines;
            lines.Add(line);
        }

        throw new InvalidOperationException($"kubectl ended after {lines.Count} lines, the last of which is '{lines.LastOrDefault()}'.");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
