namespace MemberCluster.Agent.Pods;

/// <summary>How long a crashed container waits for its replacement: not at all the first time, then 1 s, 2 s, 4 s … 5 min.</summary>
/// <remarks>
/// The level is a label of the container and the rest is in the engine's own record of it, so the schedule survives the agent. All times are of the agent's
/// <see cref="SteadyClock"/>.
/// </remarks>
internal static class CrashBackOff
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>A container that ran this long starts a new count.</summary>
    public static readonly TimeSpan ResetAfter = TimeSpan.FromMinutes(10);

    /// <summary>Between two starts of a container that cannot be replaced because nobody holds its template.</summary>
    public static readonly TimeSpan InPlace = TimeSpan.FromSeconds(5);

    public static TimeSpan Delay(int level) => level switch
    {
        <= 0 => TimeSpan.Zero,
        >= 10 => Longest,
        _ => TimeSpan.FromSeconds(Math.Min(1L << (level - 1), (long)Longest.TotalSeconds)),
    };

    /// <summary>The level a dead container counts with: its own, or 0 when it ran long enough.</summary>
    public static int EffectiveLevel(ObservedContainer container) => RanLong(container) ? 0 : container.CrashLevel;

    /// <summary>When a dead container may be replaced.</summary>
    public static DateTimeOffset ReplaceAt(ObservedContainer container) =>
        EndOf(container) + Delay(EffectiveLevel(container));

    /// <summary>When a dead container without a known template may be started again.</summary>
    public static DateTimeOffset RestartAt(ObservedContainer container) =>
        EndOf(container) + (RanLong(container) ? TimeSpan.Zero : InPlace);

    private static DateTimeOffset EndOf(ObservedContainer container) => container.EndedAt ?? container.FinishedAt ?? container.CreatedAt;

    private static bool RanLong(ObservedContainer container) =>
        (container.EndedAt ?? container.FinishedAt) - (container.BeganAt ?? container.StartedAt) >= ResetAfter;
}
