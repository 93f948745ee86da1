using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Federation.TestKit.Machines;

namespace MemberCluster.Agent.PlaneHost;

/// <summary>A service plane in a process of its own, in a machine of the lab.</summary>
public sealed class PlaneProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _orders = new();
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private int _number;

    private PlaneProcess(Process process)
    {
        _process = process;
        _orders[0] = new TaskCompletionSource();
        _reading = ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The newest state of each port, by work and address.</summary>
    public ConcurrentDictionary<(string Uid, string Address), string> Problems { get; } = new();

    public int Id => _process.Id;

    public static string Program => typeof(HostOrder).Assembly.Location;

    public static async Task<PlaneProcess> StartAsync(ServiceLab lab, string machine, string plane, string table)
    {
        // Not by nsenter: the network's own view of /sys comes with this.
        var start = new ProcessStartInfo("ip", ["netns", "exec", Path.GetFileName(lab.NamespaceOf(machine)), "dotnet", Program, plane, table])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var host = new PlaneProcess(Process.Start(start)!);
        await host.WaitAsync(0);
        return host;
    }

    /// <summary>Tells it and waits until that is in force.</summary>
    public Task TellAsync(params HostWork[] works) => OrderAsync(new HostOrder { Works = works, Open = true, Settle = true });

    public Task TellAsync(string uid, params HostEndpoint[] endpoints) => TellAsync(new HostWork(uid, endpoints));

    public Task DrainAsync(string pod, double seconds) => OrderAsync(new HostOrder { Drain = pod, DrainSeconds = seconds });

    public Task OrderAsync(HostOrder order)
    {
        var number = Interlocked.Increment(ref _number);
        _orders[number] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(order with { Number = number }));
        _process.StandardInput.Flush();
        return WaitAsync(number);
    }

    /// <summary>As kill -9: it does nothing any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        }

        await _reading;
        _process.Dispose();
    }

    private async Task WaitAsync(int number)
    {
        try
        {
            await _orders[number].Task.WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"Order {number.ToString(CultureInfo.InvariantCulture)} was not done. Ended: {_process.HasExited}. {(_errors.IsCompleted ? await _errors : "")}", timeout);
        }
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var answer = JsonSerializer.Deserialize<HostAnswer>(line)!;
            if (answer.Done is { } number)
                _orders[number].TrySetResult();
            else
                Problems[(answer.Uid!, answer.Address!)] = answer.Problem!;
        }
    }
}
