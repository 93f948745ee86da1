using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Federation.TestKit.Machines;

/// <summary>Clients that never stop asking: each request is a connection of its own, and every one is counted.</summary>
public sealed class RequestLoad : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private readonly List<Task> _clients;
    private int _succeeded;

    /// <param name="targets">Taken in turn.</param>
    /// <param name="clients">How many ask at the same time.</param>
    public RequestLoad(IReadOnlyList<Uri> targets, int clients = 4)
        : this(turn => ValueTask.FromResult(targets[turn % targets.Count]), clients)
    {
    }

    /// <param name="target">Of a turn.</param>
    /// <param name="clients">How many ask at the same time.</param>
    public RequestLoad(Func<int, ValueTask<Uri>> target, int clients = 4) =>
        _clients = [.. Enumerable.Range(0, clients).Select(client => Task.Run(() => AskAsync(target, client)))];

    public int Succeeded => Volatile.Read(ref _succeeded);

    /// <summary>When each began and ended, in UTC as the agents' logs have it, and what was wrong.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>How often each answer came.</summary>
    public IReadOnlyDictionary<string, int> Answers => _answers;

    /// <summary>Ends the clients; each finishes the request it is at.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task AskAsync(Func<int, ValueTask<Uri>> choose, int client)
    {
        using var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, UseProxy = false };
        using var http = new HttpClient(handler) { Timeout = Patience, DefaultRequestVersion = HttpVersion.Version11 };
        http.DefaultRequestHeaders.ConnectionClose = true;
        for (var turn = client; !_stop.IsCancellationRequested; turn++)
        {
            var target = await choose(turn);
            var started = TimeProvider.System.GetUtcNow();
            try
            {
                _answers.AddOrUpdate(await http.GetStringAsync(target), 1, (_, count) => count + 1);
                Interlocked.Increment(ref _succeeded);
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or SocketException)
            {
                _failures.Enqueue($"{started:HH:mm:ss.fff} to {TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {target}: {failure.GetBaseException().Message}");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
