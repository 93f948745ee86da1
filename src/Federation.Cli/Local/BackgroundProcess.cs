using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Federation.Cli.Local;

/// <summary>A process that outlives this one: in a session of its own, its output in <c>logs/</c>, its id in <c>run/</c>.</summary>
internal sealed class BackgroundProcess(string name, string root)
{
    private const int Terminate = 15;
    private const int Kill = 9;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public string Name => name;
    public string LogFile { get; } = Path.Combine(root, "logs", $"{name}.log");

    private string PidFile { get; } = Path.Combine(root, "run", $"{name}.pid");

    /// <summary>The running process's id; null when it does not run. A recycled id is told apart by its command line.</summary>
    public int? Pid
    {
        get
        {
            try
            {
                var pid = int.Parse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture);
                return File.ReadAllText($"/proc/{pid}/cmdline").Contains(root, StringComparison.Ordinal) ? pid : null;
            }
            catch (Exception error) when (error is IOException or FormatException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Starts a .NET program; the shell in between writes the id of the process that it then becomes.</summary>
    public void Start(string program, IEnumerable<string> arguments)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PidFile)!);
        Directory.CreateDirectory(Path.GetDirectoryName(LogFile)!);
        File.Delete(PidFile);
        const string Script = """echo $$ > "$0.new" && mv "$0.new" "$0" && log=$1 && shift && exec "$@" >>"$log" 2>&1 </dev/null""";
        using var process = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", Script, PidFile, LogFile, "dotnet", program, .. arguments])
        {
            UseShellExecute = false,
            WorkingDirectory = root,
        }) ?? throw new CliException($"{name} could not be started.");
    }

    /// <summary>Asks the process to stop and waits; kills it when it has not stopped in time.</summary>
    /// <returns>False when it did not run.</returns>
    public async Task<bool> StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        if (Pid is not { } pid)
            return false;
        _ = SendSignal(pid, Terminate);
        if (!await WaitForExitAsync(grace, cancellationToken) && Pid == pid)
        {
            _ = SendSignal(pid, Kill);
            await WaitForExitAsync(TimeSpan.FromSeconds(5), cancellationToken);
        }

        File.Delete(PidFile);
        return true;
    }

    /// <summary>The last lines of the log, for a message about a process that did not come up.</summary>
    public string LogTail(int lines)
    {
        try
        {
            return string.Join('\n', File.ReadLines(LogFile).TakeLast(lines));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private async Task<bool> WaitForExitAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (Pid is not null)
        {
            if (TimeProvider.System.GetElapsedTime(deadline) > patience)
                return false;
            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        }

        return true;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}
