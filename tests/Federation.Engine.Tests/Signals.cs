using System.Collections.Concurrent;

namespace Federation.Engine.Tests;

/// <summary>Lets a test hold a grain at a named point, and see what happened in which order. Shared by test and grains.</summary>
public sealed class Signals
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> reached = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> released = new();
    private readonly ConcurrentQueue<string> log = new();

    /// <summary>What was noted so far, in order.</summary>
    public IReadOnlyList<string> Log => [.. log];

    public void Note(string entry) => log.Enqueue(entry);

    public int CountOf(string entry) => log.Count(noted => noted == entry);

    /// <summary>For a grain: says that it is at the point and waits there until the test lets it go.</summary>
    public Task HoldAsync(string point)
    {
        Of(reached, point).TrySetResult();
        return Of(released, point).Task;
    }

    /// <summary>For a test: waits until a grain is at the point.</summary>
    public Task ReachedAsync(string point) => Of(reached, point).Task.WaitAsync(Deadline);

    public void Release(string point) => Of(released, point).TrySetResult();

    private static TaskCompletionSource Of(ConcurrentDictionary<string, TaskCompletionSource> points, string point) =>
        points.GetOrAdd(point, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
