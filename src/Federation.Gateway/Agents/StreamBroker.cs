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

    /// <exception cref="RefusedException">503: the agent is not connected here, or does not answer.</exception>
    public async Task<AgentStream> OpenAsync(string cluster, StreamRequest request, CancellationToken cancellationToken)
    {
        var arrival = new TaskCompletionSource<AgentStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var key = (cluster, request.Id);
        _pending[key] = arrival;
        try
        {
            if (!_links.TryGetValue(cluster, out var link) || !link.Writer.TryWrite(request))
                throw new RefusedException(Statuses.ServiceUnavailable($"the agent of cluster {cluster} is not connected"));
            return await arrival.Task.WaitAsync(options.AgentStreamTimeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new RefusedException(Statuses.ServiceUnavailable($"the agent of cluster {cluster} did not answer within {options.AgentStreamTimeout.TotalSeconds:0} s"));
        }
        finally
        {
            _pending.TryRemove(key, out _);
            // It may have arrived between the last look and now: then nobody will read it.
            if (!arrival.TrySetCanceled(CancellationToken.None) && cancellationToken.IsCancellationRequested)
                await arrival.Task.Result.DisposeAsync();
        }
    }

    /// <returns>False: nobody waits for this stream (any more).</returns>
    public bool Offer(string cluster, string id, AgentStream stream) => _pending.TryRemove((cluster, id), out var arrival) && arrival.TrySetResult(stream);
}
