using System.Diagnostics;
using System.Globalization;

namespace Federation.TestKit.Machines;

/// <summary>A program that runs beside the test and ends with the test process, however that ends: its keeper reads from us until we are gone.</summary>
public sealed class HeldProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _keeper;

    private HeldProcess(Process keeper, int id, string log) => (_keeper, Id, Log) = (keeper, id, log);

    public int Id { get; }

    /// <summary>The file with its output.</summary>
    public string Log { get; }

    public bool IsRunning => !_keeper.HasExited;

    /// <param name="networkNamespace">Where it runs; null: where the test does.</param>
    /// <param name="log">Its output is appended to this file.</param>
    /// <param name="command">The program and its arguments.</param>
    public static async Task<HeldProcess> StartAsync(string? networkNamespace, string log, params IEnumerable<string> command)
    {
        string[] enter = networkNamespace is null ? [] : ["nsenter", $"--net={networkNamespace}"];
        var start = new ProcessStartInfo("setsid", ["bash", "-c", Keeper, "keeper", log, .. enter, .. command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var keeper = Process.Start(start) ?? throw new InvalidOperationException("setsid did not start.");
        var id = await keeper.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System);
        return new HeldProcess(keeper, int.Parse(id ?? "", CultureInfo.InvariantCulture), log);
    }

    public async Task SignalAsync(string signal)
    {
        var sent = await Processes.Command.RunAsync("kill", [$"-{signal}", $"{Id}"]);
        if (sent.ExitCode != 0)
            throw new InvalidOperationException($"Process {Id} could not be sent {signal}: {sent.Error}");
    }

    /// <summary>Ends it without a word.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await ExitedAsync();
    }

    public async Task ExitedAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _keeper.WaitForExitAsync(limit.Token);
    }

    public string LogTail(int lines = 40) => File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(lines)) : "no log";

    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        await ExitedAsync();
        _keeper.Dispose();
    }

    // The reader ends when our input does, the program when it likes; whichever comes first ends the other.
    private const string Keeper = """
        log=$1; shift
        exec 3<&0
        "$@" >>"$log" 2>&1 </dev/null 3<&- &
        pid=$!
        echo "$pid"
        exec >/dev/null
        ( cat <&3 >/dev/null; kill -KILL "$pid" 2>/dev/null ) &
        reader=$!
        exec 3<&-
        wait "$pid"
        pkill -KILL -P "$reader"; kill -KILL "$reader" 2>/dev/null
        """;
}
