using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Federation.TestKit.Processes;

/// <summary>A <c>port-forward</c> command that runs, and the local ports it chose.</summary>
public sealed partial class PortForward : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private Task _draining = Task.CompletedTask;

    private PortForward(Process process) => _process = process;

    /// <summary>Local ports by the pod's.</summary>
    public IReadOnlyDictionary<int, int> Ports { get; private set; } = new Dictionary<int, int>();

    /// <summary>What it complained about so far.</summary>
    public string Error
    {
        get
        {
            lock (_error)
                return _error.ToString();
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts it and waits until it listens for every port.</summary>
    public static async Task<PortForward> StartAsync(string program, IEnumerable<string> arguments, int ports)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        var forward = new PortForward(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
        try
        {
            await forward.ReadPortsAsync(ports);
            return forward;
        }
        catch
        {
            await forward.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection to one of the pod's ports.</summary>
    public async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Ports[port]);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _draining;
        _process.Dispose();
    }

    private async Task ReadPortsAsync(int count)
    {
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_error)
                _error.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(Patience);
        var ports = new Dictionary<int, int>();
        while (ports.Count < count)
        {
            var line = await _process.StandardOutput.ReadLineAsync(deadline.Token) ?? throw new InvalidOperationException($"It ended with {ports.Count} ports: {Error}");
            if (Forwarding().Match(line) is { Success: true } match)
                ports[int.Parse(match.Groups["remote"].ValueSpan, CultureInfo.InvariantCulture)] = int.Parse(match.Groups["local"].ValueSpan, CultureInfo.InvariantCulture);
        }

        Ports = ports;
        // It says a line for each connection, and would wait for a reader.
        _draining = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
    }

    [GeneratedRegex(@"^Forwarding from 127\.0\.0\.1:(?<local>\d+) -> (?<remote>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Forwarding();
}
