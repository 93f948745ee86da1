namespace MemberCluster.Agent.Pods;

/// <summary>
/// Time that only ever passes: it agrees with the wall clock when the agent starts and is not set with it. Whatever waits (back-offs, delays of probes)
/// waits by this clock, so that a wall clock that jumps by hours starts nothing early and keeps nothing waiting.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset _origin = time.GetUtcNow();
    private readonly long _began = time.GetTimestamp();

    public DateTimeOffset Now => _origin + time.GetElapsedTime(_began);

    /// <summary>When something happened that the wall clock says was then; what seems to lie ahead has happened just now.</summary>
    public DateTimeOffset Of(DateTimeOffset wall)
    {
        var ago = time.GetUtcNow() - wall;
        return ago > TimeSpan.Zero ? Now - ago : Now;
    }
}
