namespace MemberCluster.Agent.Pets;

/// <summary>Whether fenced pets may run, at the time of one plan. Pure.</summary>
/// <remarks>
/// <code>
/// left       what may be done
/// &gt; stop + reserve                  start and run
/// &gt; stop = grace + reserve          run
/// &gt; 0                               stop gracefully; what is left at the end of the grace period is killed
/// 0                                  nothing runs
/// </code>
/// </remarks>
/// <param name="Left">So long those may run that run already.</param>
/// <param name="StartLeft">So long those may run that are started now: a permission that was given to an agent before this one starts nothing.</param>
/// <param name="Length">How long the permission was given for.</param>
/// <param name="Unguarded">Why nothing may be started although it is permitted: no watchdog would end it; null: one does, or need not.</param>
internal sealed record Fence(TimeSpan Left, TimeSpan StartLeft, TimeSpan Length, string? Unguarded = null)
{
    private static readonly TimeSpan LongestReserve = TimeSpan.FromMilliseconds(500);

    /// <summary>Nothing is permitted.</summary>
    public static Fence Closed { get; } = new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>For the kill after the grace period.</summary>
    public TimeSpan Reserve => ReserveOf(Length);

    public static TimeSpan ReserveOf(TimeSpan length) => Shorter(length / 20, LongestReserve);

    /// <summary>Between stop signal and kill: what the pod asks for, half of the permission at most, and never longer than the permission lasts.</summary>
    public TimeSpan GraceOf(TimeSpan asked)
    {
        var grace = Shorter(Shorter(asked, Length / 2), Left - Reserve);
        return grace > TimeSpan.Zero ? grace : TimeSpan.Zero;
    }

    /// <summary>From now to when a pod must begin to stop; not positive: at once.</summary>
    public TimeSpan StopIn(TimeSpan asked) => Left - Shorter(asked, Length / 2) - Reserve;

    public bool MayStart(TimeSpan asked) => Unguarded is null && StartLeft - Shorter(asked, Length / 2) - Reserve > Reserve;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
