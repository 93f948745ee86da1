using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Nodes;
using Federation.Api.Pets;
using Federation.Grains.Events;

namespace Federation.Grains.Clusters;

/// <summary>Taking a report: keep it, pass it on to apps, observers and events, and let the reconcile write what changed.</summary>
internal sealed partial class MemberClusterGrain
{
    private readonly Dictionary<string, WorkStatus> _undelivered = [];
    private string? _session;
    private long _sessionSince;

    private void Renew()
    {
        _lease.Renew();
        _leaseTimer?.Change(LeaseDuration, Timeout.InfiniteTimeSpan);
    }

    private async Task TakeAsync(Report report, CancellationToken cancellationToken)
    {
        report = Comparable(report);
        if (_session != report.Session)
            (_session, _sessionSince) = (report.Session, Time.GetTimestamp());
        _isLeaving = report.Leaving;
        _inventory = report.Inventory ?? _inventory;
        _latencies = report.Latencies ?? _latencies;
        var works = _works.Apply(report);
        _strangers.Look(works, Time.GetUtcNow());
        _gone.UnionWith(works.Where(work => work.Gone).Select(work => work.Uid));
        var delta = _pods.Apply(report);
        _usage.Apply(report);
        if (delta is not null)
            _ = _observers.Notify(observer => observer.PodsChangedAsync(delta));
        foreach (var @event in report.Events.Where(IsOwn))
            Context.Events.Record(NoteOf(@event));
        await DeliverAsync(report.Full ? works.Concat(NoLongerThere()) : works, cancellationToken);
        // Who leaves must be out of DNS before the answer: the agent stops right after it.
        if (report.Leaving)
            await ReconcileAsync(cancellationToken);
        else if (!IsReady || works.Count > 0 || report.Inventory is not null || report.Latencies is not null || (delta is not null && Cluster?.Status.Evictions.Count > 0))
            ReconcileSoon();
    }

    /// <summary>Revisions of another store (this one was restored) say nothing about what this one has decided: they count as before all of it.</summary>
    private Report Comparable(Report report) => report.AppliedStore is not { } store || store == Context.Cache.Identity.ToString()
        ? report
        : report with { AppliedRevision = 0, Works = [.. report.Works.Select(work => work with { Revision = 0 })] };

    private async Task DeliverAsync(IEnumerable<WorkStatus> works, CancellationToken cancellationToken)
    {
        foreach (var work in works)
            _undelivered[work.Uid] = work;
        var trying = _undelivered.Values.ToList();
        _undelivered.Clear();
        foreach (var failed in await router.DeliverAsync(Key.Name, trying, cancellationToken))
            _undelivered.TryAdd(failed.Uid, failed);
        if (_undelivered.Count > 0)
            RetryLater();
    }

    /// <summary>Of the shares that apps have here, those that a full report does not mention: nothing of them runs.</summary>
    private IEnumerable<WorkStatus> NoLongerThere() => placements.AppsOn(Key.Name)
        .Where(app => !_works.All.ContainsKey(app.Uid) && app.ShareOn(Key.Name) is { Phase: SharePhase.Active or SharePhase.Leaving, Running: > 0 })
        .Select(app => StatusOf(app.Key, app.Uid, gone: false));

    /// <summary>The apps that were withdrawn from here, were let go by the agent, and have not heard of it.</summary>
    private IEnumerable<WorkStatus> LetGo() => !_sequence.IsSynced
        ? []
        : placements.WithdrawingOn(Key.Name).Where(app => _works.HasLetGo(app.Uid, app.Revision) && MaySilenceSpeakOf(app.Key)).Select(app => StatusOf(app.Key, app.Uid, gone: true));

    /// <summary>An agent that has just started may not have heard of every machine: one that is cut off from it runs its pets until its permission ends.</summary>
    private bool MaySilenceSpeakOf(ObjectKey key) => key.Kind != PetSet.KindName || Time.GetElapsedTime(_sessionSince) >= fence.Whole;

    private WorkStatus StatusOf(ObjectKey key, string uid, bool gone) => new()
    {
        Uid = uid,
        Kind = key.Kind,
        Namespace = key.Namespace,
        Name = key.Name,
        // What was not said at all counts for no decision; only that a removal was carried out can be told from silence.
        Revision = gone ? _works.AppliedRevision : 0,
        Gone = gone,
    };

    /// <summary>An agent speaks of its own cluster and machines, of no other's.</summary>
    private bool IsOwn(AgentEvent @event) => @event.Kind switch
    {
        Cluster.KindName => @event.Name == Key.Name,
        Node.KindName => NodeNames.IsOf(Key.Name, @event.Name),
        _ => true,
    };

    private EventNote NoteOf(AgentEvent @event) => new()
    {
        About = new ObjectReference
        {
            ApiVersion = Kinds.TryFind(@event.Kind, out var definition) ? definition.ApiVersion : null,
            Kind = @event.Kind,
            Namespace = @event.Namespace,
            Name = @event.Name,
            // An agent does not know the uid of its Cluster; who describes it looks for the events by that.
            Uid = @event.Kind == Cluster.KindName ? Cluster?.Metadata.Uid : @event.Uid,
        },
        Reason = @event.Reason,
        Message = @event.Message,
        IsWarning = @event.Type == "Warning",
        Count = Math.Max(1, @event.Count),
        Cluster = Key.Name,
        FirstSeen = @event.FirstSeen == default ? null : @event.FirstSeen,
        LastSeen = @event.LastSeen == default ? null : @event.LastSeen,
    };
}
