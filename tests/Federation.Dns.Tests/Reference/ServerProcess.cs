using System.Diagnostics;
using System.Text;
using Federation.Dns.Tests.Support;
using Federation.TestKit.Network;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.Dns.Tests.Reference;

/// <summary>A name server of the machine with a directory and a port of its own, which ends with the test. Its settings are the caller's.</summary>
internal sealed class ServerProcess(string name, int port = 0) : IAsyncDisposable
{
    /// <summary>Such servers try again after half a minute and more what they did not get in time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly StringBuilder _printed = new();
    private Process? _process;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory(name).FullName;

    /// <summary>Of the loopback.</summary>
    public int Port { get; } = port == 0 ? Ports.Free() : port;

    /// <summary>What it printed so far, and what it wrote into the file <c>log</c> of its directory.</summary>
    public string Log
    {
        get
        {
            lock (_printed)
                return (File.Exists(PathOf("log")) ? File.ReadAllText(PathOf("log")) : "") + _printed;
        }
    }

    public string PathOf(string file) => Path.Combine(Directory, file);

    /// <summary>Writes a file into its directory.</summary>
    /// <returns>The file's path.</returns>
    public string Write(string file, string text)
    {
        File.WriteAllText(PathOf(file), text);
        return PathOf(file);
    }

    /// <summary>Starts it and returns when it answers.</summary>
    /// <param name="program">Debian keeps it where only root's path looks.</param>
    /// <param name="arguments">Such that it stays in the foreground.</param>
    /// <param name="answers">Whether it does; it may be asked before it listens.</param>
    public async Task StartAsync(string program, IEnumerable<string> arguments, Func<Task<bool>> answers)
    {
        var start = new ProcessStartInfo(Find(program), arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.TrueAsync(answers, $"{program} answers", Patience, () => Log);
    }

    /// <summary>Whether it has a zone, by its SOA.</summary>
    public async Task<bool> HasAsync(string zone) => DigText.Records(await DigAsync(zone, "SOA")).Count > 0;

    /// <summary>What <c>dig</c> got of it: the records of the answer.</summary>
    public async Task<string> DigAsync(params string[] arguments) =>
        (await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{Port}", "+noall", "+answer", "+tries=1", "+time=2", .. arguments])).Output;

    public static string Find(string program) => File.Exists($"/usr/sbin/{program}") ? $"/usr/sbin/{program}" : program;

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_printed)
            _printed.AppendLine(line.Data);
    }
}
