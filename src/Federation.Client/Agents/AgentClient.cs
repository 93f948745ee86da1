using System.Runtime.CompilerServices;
using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Streams;
using Federation.Client.Transport;

namespace Federation.Client.Agents;

/// <summary>The gateway's endpoints for the agent of one cluster. Streams heal themselves; single calls throw and leave the decision to the caller.</summary>
/// <remarks>A refused credential is a <see cref="StatusException"/> with code 401 or 403 everywhere.</remarks>
public sealed class AgentClient : IDisposable
{
    /// <summary>An engine that reads a slow disk has its silences.</summary>
    private static readonly TimeSpan VolumeSilenceLimit = TimeSpan.FromMinutes(1);

    private readonly GatewayHttp _http;
    private readonly GatewaySockets _sockets;
    private readonly TimeProvider _time;

    /// <param name="options">With the agent's own credential as token (for <see cref="JoinAsync"/>: the join token).</param>
    /// <param name="handler">Set: sends the requests in place of the client's own handler, and stays the caller's.</param>
    public AgentClient(ClientOptions options, TimeProvider? time = null, HttpMessageHandler? handler = null)
    {
        Options = options ?? throw new ArgumentNullException(nameof(options));
        _time = time ?? TimeProvider.System;
        _http = new GatewayHttp(options, _time, handler);
        _sockets = new GatewaySockets(options, _time, handler);
    }

    public ClientOptions Options { get; }

    public void Dispose()
    {
        _http.Dispose();
        _sockets.Dispose();
    }

    /// <summary>Registers a cluster. The join token is used up by it, also when the answer gets lost.</summary>
    public Task<JoinAnswer> JoinAsync(JoinRequest request, CancellationToken cancellationToken = default) =>
        PostAsync<JoinRequest, JoinAnswer>(AgentPaths.Join, request, cancellationToken);

    /// <summary>Makes a one-time join token (admins).</summary>
    public Task<JoinToken> CreateTokenAsync(JoinTokenRequest request, CancellationToken cancellationToken = default) =>
        PostAsync<JoinTokenRequest, JoinToken>(AgentPaths.Tokens, request, cancellationToken);

    /// <summary>Whom a cluster may measure its distance to.</summary>
    public Task<RegionPeers> PeersAsync(string cluster, CancellationToken cancellationToken = default) =>
        GetAsync<RegionPeers>(AgentPaths.Peers(cluster), cancellationToken);

    public Task<ReportAnswer> ReportAsync(string cluster, Report report, CancellationToken cancellationToken = default) =>
        PostAsync<Report, ReportAnswer>(AgentPaths.Reports(cluster), report, cancellationToken);

    /// <summary>The cluster's works, over as many connections as it takes. Never ends by itself.</summary>
    /// <remarks>Reconnects from the last bookmark it gave out: an event may come twice, none is left out. Ask for the next event only when the one before is stored.
    /// Persist a bookmark's revision and store, and pass them at the next start.</remarks>
    /// <param name="since">The revision of the last stored bookmark; 0: a snapshot.</param>
    /// <param name="store">The store identity that came with it.</param>
    /// <param name="onProblem">Told each time the link is lost (with its cause, null when the gateway ended it in good order).</param>
    public async IAsyncEnumerable<WorkEvent> WorksAsync(
        string cluster, long since, string? store, Action<Exception?>? onProblem = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var backoff = new Backoff(_time);
        while (true)
        {
            var path = since > 0
                ? AgentPaths.Works(cluster) + ListQuery.All.ToQueryString(("since", since.ToString()), ("store", store))
                : AgentPaths.Works(cluster);
            await foreach (var work in OneConnectionAsync<WorkEvent>(path, onProblem, cancellationToken))
            {
                backoff.Reset();
                yield return work;
                if (work.Type == WorkEventType.Bookmark)
                    (since, store) = (work.Revision, work.Store ?? store);
                else if (work.Type == WorkEventType.Snapshot)
                    (since, store) = (0, work.Store ?? store);
            }

            await backoff.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The control plane's requests for streams, over as many connections as it takes. Never ends by itself; pings are not passed on.</summary>
    public async IAsyncEnumerable<StreamRequest> StreamRequestsAsync(
        string cluster, Action<Exception?>? onProblem = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var backoff = new Backoff(_time);
        while (true)
        {
            await foreach (var request in OneConnectionAsync<StreamRequest>(AgentPaths.Streams(cluster), onProblem, cancellationToken))
            {
                backoff.Reset();
                if (request.Kind != StreamKind.Ping)
                    yield return request;
            }

            await backoff.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Answers one stream request: the stream lives until one side ends it, over a connection of its own. The caller disposes it.</summary>
    /// <exception cref="StatusException">404: nobody waits for it any more.</exception>
    public async Task<StreamTunnel> OpenStreamAsync(string cluster, string id, CancellationToken cancellationToken = default) =>
        new(await _sockets.ConnectAsync(AgentPaths.Stream(cluster, id), [], cancellationToken));

    /// <summary>Answers one stream request with a refusal, such as a container that does not exist.</summary>
    /// <param name="code">The HTTP status the asker gets.</param>
    public async Task PostStreamErrorAsync(string cluster, string id, int code, string message, CancellationToken cancellationToken = default)
    {
        using var content = new ByteArrayContent([]);
        var path = AgentPaths.Stream(cluster, id) + ListQuery.All.ToQueryString(("code", code.ToString()), ("error", message));
        await _http.SendAsync(HttpMethod.Post, path, content, cancellationToken);
    }

    /// <summary>A volume of a pet that moves to this cluster, as it comes. Disposing the answer ends it.</summary>
    /// <exception cref="StatusException">No such move goes on, or the other cluster cannot give the volume.</exception>
    public Task<Stream> OpenVolumeAsync(string cluster, VolumeQuery query, CancellationToken cancellationToken = default) =>
        OpenAsync(AgentPaths.Volume(cluster, query.WorkUid, query.Ordinal, query.Epoch, query.Claim), query.Skip, cancellationToken);

    /// <summary>A volume of what was taken for a PetSnapshot and is to be stored in this cluster, as it comes. Disposing the answer ends it.</summary>
    /// <exception cref="StatusException">The item is not on its way here, or the other cluster cannot give the volume.</exception>
    public Task<Stream> OpenSnapshotAsync(string cluster, SnapshotQuery query, CancellationToken cancellationToken = default) =>
        OpenAsync(AgentPaths.Snapshot(cluster, query.Uid, query.Id, query.Claim), query.Skip, cancellationToken);

    private async Task<Stream> OpenAsync(string volume, long skip, CancellationToken cancellationToken)
    {
        var path = volume + ListQuery.All.ToQueryString(("skip", skip.ToString()));
        // The other cluster's agent has to be found and to open the volume first: that may take longer than a request.
        var response = await _http.OpenAsync(HttpMethod.Get, path, null, hasDeadline: false, cancellationToken);
        try
        {
            return new ResponseStream(response, await response.Content.ReadAsStreamAsync(cancellationToken), VolumeSilenceLimit, _time);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<TAnswer> GetAsync<TAnswer>(string path, CancellationToken cancellationToken) =>
        FederationClient.Read<TAnswer>(await _http.SendAsync(HttpMethod.Get, path, null, cancellationToken));

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(string path, TRequest request, CancellationToken cancellationToken)
    {
        using var content = FederationClient.Json(ApiJson.ToUtf8(request));
        return FederationClient.Read<TAnswer>(await _http.SendAsync(HttpMethod.Post, path, content, cancellationToken));
    }

    private async IAsyncEnumerable<T> OneConnectionAsync<T>(string path, Action<Exception?>? onProblem, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.OpenAsync(HttpMethod.Get, path, null, hasDeadline: true, cancellationToken);
        }
        catch (Exception failed) when (failed is GatewayUnavailableException or StatusException { Code: 429 or >= 500 })
        {
            onProblem?.Invoke(failed);
            yield break;
        }

        using (response)
        {
            await using var lines = response.ReadLinesAsync(Options.SilenceLimit, _time, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                T item;
                try
                {
                    if (!await lines.MoveNextAsync())
                    {
                        onProblem?.Invoke(null);
                        yield break;
                    }

                    item = ApiJson.FromUtf8<T>(lines.Current);
                }
                catch (Exception broken) when ((GatewayHttp.IsTransportFailure(broken) || broken is JsonException) && !cancellationToken.IsCancellationRequested)
                {
                    onProblem?.Invoke(_http.Unavailable(broken));
                    yield break;
                }

                yield return item;
            }
        }
    }
}
