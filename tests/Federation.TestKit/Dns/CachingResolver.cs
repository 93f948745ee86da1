namespace Federation.TestKit.Dns;

/// <summary>Where a client goes by a name: it asks once, takes the addresses in turn, and asks again when the answer's time is over, not a moment before.</summary>
/// <param name="probe">Asks.</param>
/// <param name="name">The name.</param>
/// <param name="hold">The TTL of the name's answers, less what a client on a busy machine may take from an answer to the connection.</param>
public sealed class CachingResolver(DnsProbe probe, string name, TimeSpan hold) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private IReadOnlyList<string> _addresses = [];
    private long _askedAt;

    /// <param name="turn">Counts a client's requests.</param>
    public async ValueTask<string> NextAsync(int turn)
    {
        await _turn.WaitAsync();
        try
        {
            while (_addresses.Count == 0 || TimeProvider.System.GetElapsedTime(_askedAt) >= hold)
            {
                if (await probe.AddressesAsync(name) is not { Count: > 0 } answer)
                    continue;
                (_addresses, _askedAt) = (answer, TimeProvider.System.GetTimestamp());
            }

            return _addresses[turn % _addresses.Count];
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
