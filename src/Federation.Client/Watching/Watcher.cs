using System.Runtime.CompilerServices;
using Federation.Api.Meta;
using Federation.Client.Resources;
using Federation.Client.Transport;

namespace Federation.Client.Watching;

/// <summary>One watch over as many connections as it takes.</summary>
internal sealed class Watcher<T>(GatewayHttp http, ClientOptions options, ListQuery query, TimeProvider time)
    where T : Resource
{
    /// <summary>The gateway sends a bookmark at least this often; three missed ones are a dead connection.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(3);

    private readonly Backoff _backoff = new(time);

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            await foreach (var watchEvent in OneConnectionAsync(resourceVersion, cancellationToken))
            {
                resourceVersion = watchEvent.Object.Metadata.ResourceVersion ?? resourceVersion;
                _backoff.Reset();
                yield return watchEvent;
            }

            await _backoff.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends when the connection does, however it does; refusals are thrown.</summary>
    private async IAsyncEnumerable<WatchEvent<T>> OneConnectionAsync(string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = ResourcePaths.Collection(ResourcePaths.KindOf<T>(), query.Namespace)
            + query.ToQueryString(("watch", "true"), ("resourceVersion", resourceVersion), ("allowWatchBookmarks", "true"));
        HttpResponseMessage response;
        try
        {
            response = await http.OpenAsync(HttpMethod.Get, path, null, hasDeadline: true, cancellationToken);
        }
        catch (GatewayUnavailableException)
        {
            yield break;
        }

        using (response)
        {
            await using var lines = response.ReadLinesAsync(options.SilenceLimit > SilenceLimit ? options.SilenceLimit : SilenceLimit, time, cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
            while (await MoveNextAsync(lines, cancellationToken))
                yield return ResourceJson.ReadWatchEvent<T>(lines.Current);
        }
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<byte[]> lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.MoveNextAsync();
        }
        catch (Exception broken) when (GatewayHttp.IsTransportFailure(broken) && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
