using Federation.Api;
using Federation.Api.Meta;
using Federation.Gateway.Http;

namespace Federation.Gateway.Sources;

/// <summary>A table of reported objects as lists and watches see it.</summary>
internal sealed class ReportedSource(ReportedTable table) : IResourceSource
{
    public long Revision => table.Revision;

    public string History => table.History;

    public ObjectView? Find(ObjectKey key) => table.Find(key);

    public Snapshot List(string kind, string? @namespace) => table.List(@namespace);

    public ValueTask<Snapshot?> ListAtAsync(string kind, string? @namespace, long revision, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Snapshot?>(table.ListAt(@namespace, revision));

    public IChangeFeed Subscribe(string kind, long afterRevision) => table.Subscribe(afterRevision);

    /// <summary>Nobody writes them: there is nothing to wait for. A revision from the future is another gateway's, which counts differently.</summary>
    public Task WaitFreshAsync(long atLeast, CancellationToken cancellationToken) =>
        atLeast <= table.Revision ? Task.CompletedTask : throw new RefusedException(Statuses.Expired());

    public Task<bool> WaitLatestAsync(CancellationToken cancellationToken) => Task.FromResult(true);
}
