using System.Diagnostics;
using System.Text.Json;
using Federation.Api.Json;

namespace Federation.TestKit.Waiting;

/// <summary>Waits on a condition with a deadline; the only way a test waits.</summary>
public static class Eventually
{
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <exception cref="TimeoutException">The condition did not hold in time; the message says which, and what was seen last.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null, Func<string>? seen = null)
    {
        var limit = deadline ?? DefaultDeadline;
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > limit)
                throw new TimeoutException($"Waited {limit.TotalSeconds:0.#} s in vain: {what}.{(seen is null ? "" : $" Last seen: {seen()}")}");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? deadline = null, Func<string>? seen = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, deadline, seen);

    /// <summary>Reads until what was read satisfies the condition, and returns it.</summary>
    /// <exception cref="TimeoutException">It did not in time; the message has what was read last.</exception>
    public static async Task<T> ReadAsync<T>(Func<Task<T>> read, Func<T, bool> condition, string what, TimeSpan? deadline = null)
    {
        T? last = default;
        await TrueAsync(async () => condition(last = await read()), what, deadline, () => Describe(last));
        return last!;
    }

    /// <summary>As users would see it: what a record prints says nothing about the lists in it.</summary>
    private static string Describe<T>(T? value) => value is string text ? text : JsonSerializer.Serialize(value, ApiJson.Options);
}
