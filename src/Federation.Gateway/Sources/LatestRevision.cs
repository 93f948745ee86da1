using Federation.Storage;

namespace Federation.Gateway.Sources;

/// <summary>Asks the store for its newest revision, once for all who ask at the same time.</summary>
/// <remarks>A read that began before somebody asked need not have seen what had been acknowledged by then: who comes while one is under way shares the next.</remarks>
internal sealed class LatestRevision(IObjectStore store)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<long>? _next;
    private bool _isReading;

    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    public Task<long> ReadAsync()
    {
        var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isReading)
                return (_next ??= answer).Task;
            _isReading = true;
        }

        _ = AnswerAsync(answer);
        return answer.Task;
    }

    private async Task AnswerAsync(TaskCompletionSource<long> first)
    {
        for (var answer = first; answer is not null;)
        {
            try
            {
                answer.SetResult(await store.ReadCurrentRevisionAsync(CancellationToken.None));
            }
            catch (Exception failure)
            {
                // Whatever it was: those who wait are told, and the next ones get a new attempt.
                answer.SetException(failure);
            }

            lock (_lock)
            {
                (answer, _next) = (_next, null);
                _isReading = answer is not null;
            }
        }
    }
}
