namespace Federation.Client.Transport;

/// <summary>How long to wait before trying again: doubling, up to a limit, and never the same for two clients.</summary>
internal sealed class Backoff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Random _random = new();
    private int _failures;

    public void Reset() => _failures = 0;

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var ceiling = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 16)));
        return Task.Delay(TimeSpan.FromMilliseconds(ceiling * (0.5 + _random.NextDouble() / 2)), time, cancellationToken);
    }
}
