using System.Runtime.CompilerServices;
using Federation.Api.Agents;
using Federation.Api.Nodes;
using Federation.Api.Streams;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.ControlPlane;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>A node's link to its cluster agent, in memory: it can be cut, and it ends when the cluster agent does.</summary>
internal sealed class CuttableLink(string cluster, string node, Func<NodeHub?> hub) : IControlPlane
{
    private CancellationTokenSource _alive = new();
    private bool _isCut;

    public bool IsCut
    {
        get => _isCut;
        set
        {
            _isCut = value;
            if (value)
                Break();
        }
    }

    /// <summary>Ends every stream that is open.</summary>
    public void Break() => Interlocked.Exchange(ref _alive, new CancellationTokenSource()).Cancel();

    public Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken) => Link().JoinAsync(joinToken, request, cancellationToken);

    public void UseCredential(string credential)
    {
    }

    public IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, CancellationToken cancellationToken) =>
        GuardAsync((link, token) => link.WatchWorksAsync(since, store, token), cancellationToken);

    public IAsyncEnumerable<StreamRequest> WatchStreamsAsync(CancellationToken cancellationToken) =>
        GuardAsync((link, token) => link.WatchStreamsAsync(token), cancellationToken);

    public async Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken)
    {
        var link = Link();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _alive.Token);
        try
        {
            return await link.ReportAsync(report, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Cut();
        }
    }

    public Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken) => Link().OpenStreamAsync(id, cancellationToken);

    public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken) => Link().RefuseStreamAsync(id, code, message, cancellationToken);

    public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken) => Link().OpenSnapshotAsync(query, cancellationToken);

    public Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken) => Link().OpenVolumeAsync(query, cancellationToken);

    private LocalNodeLink Link() => !_isCut && hub() is { } there ? new LocalNodeLink(there, NodeNames.Of(cluster, node)) : throw Cut();

    private async IAsyncEnumerable<T> GuardAsync<T>(Func<LocalNodeLink, CancellationToken, IAsyncEnumerable<T>> open, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var link = Link();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _alive.Token);
        await using var items = open(link, linked.Token).GetAsyncEnumerator(linked.Token);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                    yield break;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw Cut();
            }

            yield return items.Current;
        }
    }

    private static ControlPlaneException Cut() => new(ControlPlaneFailure.Unreachable, "cut");
}
