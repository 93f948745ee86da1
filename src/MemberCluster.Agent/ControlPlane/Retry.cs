namespace MemberCluster.Agent.ControlPlane;

/// <summary>When to try the control plane again: soon at first, at most every 2 s, and never all agents at once.</summary>
internal sealed class Retry(TimeProvider time, Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>A credential that is refused is a person's to put right.</summary>
    private static readonly TimeSpan Unauthorized = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();

    public Task WaitAsync(int failures, ControlPlaneFailure failure, CancellationToken cancellationToken) =>
        Task.Delay(DelayAfter(failures, failure), time, cancellationToken);

    public TimeSpan DelayAfter(int failures, ControlPlaneFailure failure)
    {
        var longest = failure == ControlPlaneFailure.Unreachable ? Longest : Unauthorized;
        var full = failure == ControlPlaneFailure.Unreachable ? First * Math.Pow(2, Math.Min(failures, 10)) : Unauthorized;
        double share;
        lock (_lock)
            share = 0.5 + (random.NextDouble() / 2);
        return (full < longest ? full : longest) * share;
    }
}
