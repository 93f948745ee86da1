using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>Fetches images, each one once however many pods wait for it, and few at a time.</summary>
internal sealed class ImagePuller(IImages images) : IDisposable
{
    private const int Parallelism = 3;

    private readonly SemaphoreSlim _slots = new(Parallelism);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _pulls = [];

    /// <summary>One caller that gives up does not end the pull for the others.</summary>
    public Task PullAsync(string reference, CancellationToken cancellationToken)
    {
        Task pull;
        lock (_lock)
        {
            if (!_pulls.TryGetValue(reference, out pull!))
            {
                pull = PullOnceAsync(reference);
                if (!pull.IsCompleted)
                    _pulls[reference] = pull;
            }
        }

        return pull.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _slots.Dispose();
    }

    private async Task PullOnceAsync(string reference)
    {
        try
        {
            await _slots.WaitAsync(_stop.Token);
            try
            {
                await images.PullAsync(reference, auth: null, progress: null, _stop.Token);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            lock (_lock)
                _pulls.Remove(reference);
        }
    }
}
