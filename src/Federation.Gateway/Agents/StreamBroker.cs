using System.Collections.Concurrent;
using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;

namespace Federation.Gateway.Agents;

/// <summary>Brings together those who ask for a stream and the agents that give it. An agent never listens: requests go down a connection it opened, bytes come up another.</summary>
internal sealed class StreamBroker(GatewayOptions options, TimeProvider time)
{
    private const int RequestsWaiting = 64;

    private readonly ConcurrentDictionary<string, Channel<StreamRequest>> _links = new();
    private readonly ConcurrentDictionary<(string Cluster, string Id), TaskCompletionSource<AgentStream>> _pending = new();

    /// <summary>The requests for one agent, until it (or a newer connection of it) ends them.</summary>
    public ChannelReader<StreamRequest> Connect(string cluster)
    {
        var link = Channel.CreateBounded<StreamRequest>(RequestsWaiting);
        _links.AddOrUpdate(cluster, link, (_, older) =>
        {
            older.Writer.TryComplete();
            return link;
        });
        return link.Reader;
    }

    public void Disconnect(string cluster, ChannelReader<StreamRequest> requests)
    {
        if (_links.TryGetValue(cluster, out var link) && link.Reader == requests)
            _links.TryRemove(new KeyValuePair<string, Channel<StreamRequest>>(cluster, link));
    }

    /// <summary>The stream that the agent gives. Disposing it ends it.</summary>
    /// <exception cref="RefusedException">503: the agent is not connected here, or does not answer; or what the agent says.</exception>
    public async Task<AgentStream> OpenAsync(string cluster, StreamRequest request, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(cluster, request with { Id = Guid.NewGuid().ToString("N") }, cancellationToken);
        return answer.Failure is null ? answer : throw new RefusedException(answer.Failure);
    }

    private async Task<AgentStream> AskAsync(string cluster, StreamRequest request, CancellationToken cancellationToken)
    {
        var arrival = new TaskCompletionSource<AgentStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var key = (cluster, request.Id);
        _pending[key] = arrival;
        AgentStream? answer = null;
        try
        {
            if (!_links.TryGetValue(cluster, out var link))
                throw NotConnected(cluster);
            if (!link.Writer.TryWrite(request))
                throw new RefusedException(Statuses.TooManyRequests(1, $"the agent of cluster {cluster} has too many requests for streams waiting"));
            return answer = await arrival.Task.WaitAsync(options.AgentStreamTimeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new RefusedException(Statuses.ServiceUnavailable($"the agent of cluster {cluster} did not answer within {options.AgentStreamTimeout.TotalSeconds:0} s"));
        }
        finally
        {
            _pending.TryRemove(key, out _);
            // It may have arrived between the last look and now: then nobody will read it.
            if (!arrival.TrySetCanceled(CancellationToken.None) && answer is null)
                await arrival.Task.Result.DisposeAsync();
        }
    }

    /// <exception cref="RefusedException">503.</exception>
    public void CheckConnected(string cluster)
    {
        if (!_links.ContainsKey(cluster))
            throw NotConnected(cluster);
    }

    public bool IsAwaited(string cluster, string id) => _pending.ContainsKey((cluster, id));

    /// <returns>False: nobody waits for this stream (any more).</returns>
    public bool Offer(string cluster, string id, AgentStream stream) => _pending.TryRemove((cluster, id), out var arrival) && arrival.TrySetResult(stream);

    private static RefusedException NotConnected(string cluster) =>
        new(Statuses.ServiceUnavailable($"the agent of cluster {cluster} is not connected to this gateway"));
}
