using System.Runtime.CompilerServices;
using Federation.Api.Meta;
using Federation.Client.Transport;

namespace Federation.Client.Watching;

/// <summary>List, watch from there, and list again when the watch cannot go on.</summary>
internal sealed class ListWatcher<T>(FederationClient client, ListQuery query, Action<Exception>? onProblem, TimeProvider time)
    where T : Resource
{
    private readonly Backoff _backoff = new(time);

    public async IAsyncEnumerable<ListWatchEvent<T>> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryListAsync(cancellationToken) is { } list)
            {
                _backoff.Reset();
                yield return new ListWatchEvent<T>.Reset(list);
                await using var changes = client.WatchAsync<T>(list.ResourceVersion, query, cancellationToken).GetAsyncEnumerator(cancellationToken);
                while (await TryMoveNextAsync(changes))
                {
                    if (changes.Current.Type == WatchEventType.Deleted)
                        yield return new ListWatchEvent<T>.Removed(changes.Current.Object);
                    else if (changes.Current.Type != WatchEventType.Bookmark)
                        yield return new ListWatchEvent<T>.Set(changes.Current.Object);
                }
            }

            await _backoff.WaitAsync(cancellationToken);
        }
    }

    private async Task<ResourceList<T>?> TryListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await client.ListAsync<T>(query, cancellationToken);
        }
        catch (Exception failed) when (failed is GatewayUnavailableException || IsTransient(failed))
        {
            onProblem?.Invoke(failed);
            return null;
        }
    }

    private async ValueTask<bool> TryMoveNextAsync(IAsyncEnumerator<WatchEvent<T>> changes)
    {
        try
        {
            return await changes.MoveNextAsync();
        }
        catch (StatusException expired) when (expired.IsExpired)
        {
            return false;
        }
        catch (Exception failed) when (IsTransient(failed))
        {
            onProblem?.Invoke(failed);
            return false;
        }
    }

    /// <summary>A wrong selector or a missing right does not heal by itself; all else may.</summary>
    private static bool IsTransient(Exception failed) => failed is StatusException { Code: 410 or 429 or >= 500 };
}
