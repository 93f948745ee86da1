using System.ComponentModel;
using System.Diagnostics;

namespace MemberCluster.Agent.Services.Nftables;

/// <summary>What a program of the system said.</summary>
/// <param name="ExitCode">0: it did what it was asked.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Problem">Its first line of standard error.</param>
internal sealed record ToolAnswer(int ExitCode, string Output, string Problem)
{
    public bool IsDone => ExitCode == 0;
}

/// <summary>A program of the system, such as <c>nft</c>.</summary>
internal sealed class ToolProgram(string path)
{
    private const int NotStarted = 127;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly string[] UsualFolders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"];

    /// <summary>Null: the machine does not have it.</summary>
    public static ToolProgram? Find(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(UsualFolders);
        var path = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return path is null ? null : new ToolProgram(path);
    }

    public async Task<ToolAnswer> RunAsync(IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(path) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(limit.Token);
                var errors = process.StandardError.ReadToEndAsync(limit.Token);
                if (input is not null)
                    await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
                process.StandardInput.Close();
                await process.WaitForExitAsync(limit.Token);
                return new ToolAnswer(process.ExitCode, await output, (await errors).Split('\n')[0].Trim());
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                cancellationToken.ThrowIfCancellationRequested();
                return new ToolAnswer(NotStarted, "", $"{path} did not end within {Limit.TotalSeconds:0} s.");
            }
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            return new ToolAnswer(NotStarted, "", $"{path}: {exception.Message}");
        }
    }
}
