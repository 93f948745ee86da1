using Federation.Api.Agents;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Leases;

/// <summary>How long fenced pets may run. Both roles hold one: the cluster agent from the control plane, a node agent from its cluster agent. Thread-safe.</summary>
/// <remarks>
/// Each answer permits for so long from when its report was sent, and only once the stream of works has been applied up to a position. An answer whose position
/// is not reached yet takes nothing away from those before it, and counts as soon as it is reached.
/// </remarks>
/// <param name="time">Its timestamps must go on while the machine sleeps.</param>
internal sealed class Permission(TimeProvider time)
{
    /// <summary>Answers whose positions are not reached yet; more than come within one permission.</summary>
    private const int MostWaiting = 64;

    private readonly Lock _lock = new();
    private readonly List<Given> _waiting = [];
    private Given? _reached;

    /// <param name="SentAt">When the report was sent that was answered with it.</param>
    /// <param name="Length">From then on.</param>
    /// <param name="Store">The store that <paramref name="From"/> counts in; null: any.</param>
    /// <param name="From">The position that must be reached.</param>
    private sealed record Given(long SentAt, TimeSpan Length, string? Store, long From);

    /// <summary>Takes what an answer permits; nothing is taken back by one that permits nothing.</summary>
    /// <param name="sentAt">By the clock of this permission, before the report was sent.</param>
    /// <param name="answer">To that report.</param>
    public void Take(long sentAt, ReportAnswer answer)
    {
        if (answer.FenceSeconds is not (> 0 and < 86_400))
            return;
        lock (_lock)
        {
            if (_waiting.Count == MostWaiting)
                _waiting.RemoveAt(0);
            _waiting.Add(new Given(sentAt, TimeSpan.FromSeconds(answer.FenceSeconds), answer.FenceStore, answer.FenceFrom));
        }
    }

    /// <summary>What is left; zero: none.</summary>
    /// <param name="applied">How far the stream of works has been applied.</param>
    public TimeSpan Left(StreamPosition applied)
    {
        lock (_lock)
        {
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                var given = _waiting[i];
                var isReached = given.From <= applied.Revision && (given.Store is null || given.Store == applied.Store);
                if (isReached && (_reached is null || LeftOf(given) > LeftOf(_reached)))
                    _reached = given;
                if (isReached || LeftOf(given) <= TimeSpan.Zero)
                    _waiting.RemoveAt(i);
            }

            var left = _reached is null ? TimeSpan.Zero : LeftOf(_reached);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>What was reached last: until when, as a timestamp of this permission's clock, and how long it was given for. Null: nothing was ever reached.</summary>
    /// <param name="applied">How far the stream of works has been applied.</param>
    public (long Until, TimeSpan Length)? Reached(StreamPosition applied)
    {
        lock (_lock)
        {
            _ = Left(applied);
            return _reached is null ? null : (_reached.SentAt + (long)(_reached.Length.TotalSeconds * time.TimestampFrequency), _reached.Length);
        }
    }

    private TimeSpan LeftOf(Given given) => given.Length - time.GetElapsedTime(given.SentAt);
}
