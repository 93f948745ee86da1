using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>Keeps the engine's health, and tells of it: in events, in the report on the cluster, and to every uid, as plans and statuses depend on it.</summary>
internal sealed class EngineNews(PodBook book, ClusterState cluster, AgentEvents events)
{
    private readonly EngineHealth _health = new();

    /// <inheritdoc cref="EngineHealth.IsKnown"/>
    public bool IsKnown => _health.IsKnown;

    public bool IsUsable => _health.IsUsable;

    /// <inheritdoc cref="EngineHealth.PausedUntil"/>
    public DateTimeOffset? PausedUntil => _health.PausedUntil;

    public Trouble? Trouble => _health.Trouble;

    /// <summary>The engine answers. Told to all by <see cref="Publish"/>, when what it runs is known.</summary>
    public void OnUp(EngineInfo info)
    {
        if (_health.Down is not null && _health.IsKnown)
            events.OfCluster(isWarning: false, "EngineRecovered", "The container engine answers again");
        _health.OnUp(info);
    }

    public void OnDown(RuntimeException problem)
    {
        var isNews = _health.Down is null;
        _health.OnDown(problem);
        if (isNews)
            events.OfCluster(isWarning: true, _health.Down!.Reason, problem.Message);
        Publish();
    }

    public void OnDiskFull(string reason, string message, DateTimeOffset now)
    {
        if (_health.OnDiskFull(message, now))
            events.OfCluster(isWarning: true, reason, message);
        Publish();
    }

    /// <summary>A container could be made.</summary>
    public void OnCreated()
    {
        if (!_health.OnCreated())
            return;
        events.OfCluster(isWarning: false, "DiskRecovered", "Containers can be made again");
        Publish();
    }

    public void Publish()
    {
        book.TouchAll();
        cluster.Publish(_health);
    }
}
