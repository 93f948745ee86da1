using Federation.Api;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Metrics;

/// <summary>Measurements as lists see them: asked for when somebody reads them.</summary>
internal sealed class MetricsSource(ReportedTable table, Func<CancellationToken, Task> refresh) : IResourceSource
{
    private readonly ReportedSource _known = new(table);

    public long Revision => _known.Revision;

    public string History => _known.History;

    public ObjectView? Find(ObjectKey key) => _known.Find(key);

    public Snapshot List(string kind, string? @namespace) => _known.List(kind, @namespace);

    public ValueTask<Snapshot?> ListAtAsync(string kind, string? @namespace, long revision, CancellationToken cancellationToken) =>
        _known.ListAtAsync(kind, @namespace, revision, cancellationToken);

    public IChangeFeed Subscribe(string kind, long afterRevision) => _known.Subscribe(kind, afterRevision);

    public async Task WaitFreshAsync(long atLeast, CancellationToken cancellationToken)
    {
        await refresh(cancellationToken);
        await _known.WaitFreshAsync(atLeast, cancellationToken);
    }

    public async Task<bool> WaitLatestAsync(CancellationToken cancellationToken)
    {
        await refresh(cancellationToken);
        return true;
    }
}
