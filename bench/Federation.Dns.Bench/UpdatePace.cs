using System.Diagnostics;

namespace Federation.Dns.Bench;

/// <summary>How many updates a second are to come, as lines on the standard input say: <c>rate 100</c>, <c>rate max</c>, <c>rate 0</c>.</summary>
/// <remarks>To <c>count</c> it says how many there were; then collections of each generation, and for how many milliseconds they have stopped all threads.</remarks>
internal sealed class UpdatePace
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly SemaphoreSlim _changed = new(0);
    private double _perSecond;
    private long _count;
    private long _from;
    private long _due;

    public void Count() => Interlocked.Increment(ref _count);

    /// <summary>Until the next update is due. Takes no processor time while none is to come: it would be counted as the server's.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (!IsDue(Volatile.Read(ref _perSecond)))
            await _changed.WaitAsync(Volatile.Read(ref _perSecond) == 0 ? Timeout.InfiniteTimeSpan : Tick, cancellationToken);
    }

    /// <summary>Follows the lines until there are no more.</summary>
    public async Task FollowAsync(TextReader input)
    {
        while (await input.ReadLineAsync() is { } line)
        {
            if (line == "count")
            {
                Console.WriteLine($"{Interlocked.Read(ref _count)} {GC.CollectionCount(0)} {GC.CollectionCount(1)} {GC.CollectionCount(2)} {GC.GetTotalPauseDuration().TotalMilliseconds:0}");
            }
            else if (line.StartsWith("rate ", StringComparison.Ordinal))
            {
                Volatile.Write(ref _perSecond, line == "rate max" ? double.PositiveInfinity : double.Parse(line[5..]));
                _changed.Release();
            }
        }
    }

    private bool IsDue(double perSecond)
    {
        if (perSecond == 0)
        {
            (_from, _due) = (Stopwatch.GetTimestamp(), 0);
            return false;
        }

        // Late ones are not made up for without end: after a pause of more than a second the pace begins anew.
        var elapsed = Stopwatch.GetElapsedTime(_from);
        if (elapsed.TotalSeconds * perSecond - _due > perSecond)
            (_from, _due) = (Stopwatch.GetTimestamp(), 0);
        if (_due > elapsed.TotalSeconds * perSecond)
            return false;
        _due++;
        return true;
    }
}
