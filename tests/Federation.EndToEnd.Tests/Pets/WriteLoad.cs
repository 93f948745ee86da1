using System.Collections.Concurrent;
using Federation.TestKit.Waiting;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>A client that writes one number after the other, each until it was acknowledged.</summary>
/// <param name="tryWriteAsync">Writes a number; null: it was acknowledged, otherwise what went wrong.</param>
internal sealed class WriteLoad(Func<int, Task<string?>> tryWriteAsync) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<int> _written = new();
    private Task _writing = Task.CompletedTask;
    private string _problem = "";

    /// <summary>The numbers that were acknowledged.</summary>
    public IReadOnlyList<int> Written => [.. _written];

    public void Start() => _writing = WriteAsync();

    /// <summary>Some more writes are acknowledged.</summary>
    public Task MoreAsync(string when, Func<string> seen)
    {
        var goal = _written.Count + 30;
        return Eventually.TrueAsync(() => _written.Count >= goal, $"writes go on, {when}", SampleSet.Patience, () => $"{_written.Count} written; {_problem}\n{seen()}");
    }

    public async Task<IReadOnlyList<int>> StopAsync()
    {
        await _stop.CancelAsync();
        await _writing;
        return Written;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WriteAsync()
    {
        for (var number = 0; !_stop.IsCancellationRequested; number++)
        {
            while (await tryWriteAsync(number) is { } problem)
            {
                _problem = problem;
                if (_stop.IsCancellationRequested)
                    return;
            }

            _written.Enqueue(number);
        }
    }
}
