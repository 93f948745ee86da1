using System.Threading.Channels;

namespace Federation.Dns.Zones;

/// <summary>Wakes who tells others of new versions: changes that come close together wake once, and none is lost while it is busy.</summary>
internal sealed class ZoneChanges
{
    /// <summary>How long others are waited for before the first attempt after a failure.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>Changes within this time are one.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public ZoneChanges(ZoneState state, TimeProvider time)
    {
        _time = time;
        state.Published += (_, _) => _changed.Writer.TryWrite(true);
    }

    /// <summary>The wait after one that did not help.</summary>
    public static TimeSpan Longer(TimeSpan wait) => TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));

    /// <summary>Returns when there was a change, or the time is up, or the host stops; and never at once.</summary>
    /// <returns>Whether there was a change.</returns>
    public async Task<bool> WaitAsync(TimeSpan wait, CancellationToken stoppingToken)
    {
        var isNew = await ReadAsync(wait, stoppingToken);
        await Task.Delay(Gather, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return isNew;
    }

    private async Task<bool> ReadAsync(TimeSpan wait, CancellationToken stoppingToken)
    {
        using var timer = new CancellationTokenSource(wait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stoppingToken);
        try
        {
            return await _changed.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
