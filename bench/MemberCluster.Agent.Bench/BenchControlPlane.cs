using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Streams;
using MemberCluster.Agent.ControlPlane;

namespace MemberCluster.Agent.Bench;

/// <summary>As much of a control plane as a measured agent needs: one snapshot of works, and somebody who reads the reports.</summary>
internal sealed class BenchControlPlane(IReadOnlyList<Work> works) : IControlPlane
{
    private readonly ConcurrentDictionary<string, WorkStatus> _statuses = new();
    private readonly Channel<WorkEvent> _events = Channel.CreateUnbounded<WorkEvent>();

    public int Ready => _statuses.Values.Sum(status => status.Ready);

    public bool AreGone => works.All(work => _statuses.GetValueOrDefault(work.Uid) is { Gone: true });

    public int Reports { get; private set; }

    public void RemoveAll()
    {
        foreach (var work in works)
        {
            var tombstone = new Tombstone { Uid = work.Uid, Kind = work.Kind, Namespace = work.Namespace, Name = work.Name, Revision = 3 };
            _events.Writer.TryWrite(new WorkEvent { Type = WorkEventType.Tombstone, Revision = 3, Store = "bench", Tombstone = tombstone });
        }
    }

    public Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken) =>
        Task.FromResult(new JoinAnswer { Cluster = request.Cluster, Credential = "bench", LeaseSeconds = 5 });

    public void UseCredential(string credential)
    {
        // Nobody asks who it is.
    }

    public async IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new WorkEvent { Type = WorkEventType.Snapshot, Store = "bench", Revision = 2 };
        foreach (var work in works)
            yield return new WorkEvent { Type = WorkEventType.Work, Store = "bench", Revision = 2, Work = work };
        yield return new WorkEvent { Type = WorkEventType.Bookmark, Store = "bench", Revision = 2 };
        await foreach (var change in _events.Reader.ReadAllAsync(cancellationToken))
            yield return change;
    }

    public Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken)
    {
        Reports++;
        foreach (var status in report.Works)
            _statuses[status.Uid] = status;
        return Task.FromResult(new ReportAnswer { Acknowledged = report.Sequence, LeaseSeconds = 5 });
    }

    public async IAsyncEnumerable<StreamRequest> WatchStreamsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        yield break;
    }

    public Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException("Nobody asks for streams.");

    public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken) => throw new NotSupportedException("No pet moves.");

    public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken) => throw new NotSupportedException("No snapshot is stored.");
}
