using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>Keeps the engine's health, and tells of it: in events, in the report on the cluster, and to every uid, as plans and statuses depend on it.</summary>
internal sealed class EngineNews(PodSettings settings, PodBook book, ClusterState cluster, AgentEvents events)
{
    private readonly EngineHealth _health = new();
    private PodSettings _settings = settings;

    /// <inheritdoc cref="EngineHealth.IsKnown"/>
    public bool IsKnown => _health.IsKnown;

    public bool IsUsable => _health.IsUsable;

    /// <inheritdoc cref="EngineHealth.PausedUntil"/>
    public DateTimeOffset? PausedUntil => _health.PausedUntil;

    public Trouble? Trouble => _health.Trouble;

    /// <summary>What all pods have in common, as far as the engine has said it.</summary>
    public PodSettings Settings => _settings;

    /// <summary>The engine answers. Told to all by <see cref="Publish"/>, when what it runs is known.</summary>
    public void OnUp(EngineInfo info, ContainerNetwork network)
    {
        if (_health.Down is not null && _health.IsKnown)
            Tell(isWarning: false, "EngineRecovered", "The container engine answers again");
        _health.OnUp(info);
        _settings = _settings with { Network = network, Machine = new Data.MachineSize(info.Cpus * 1000L, info.MemoryBytes) };
    }

    /// <summary>The agent has seen for the first time what the engine runs.</summary>
    public void OnStarted(int containers) =>
        events.OfNode(cluster.Node, isWarning: false, "Starting", $"The agent starts and finds {containers} containers");

    public void OnDown(RuntimeException problem)
    {
        var isNews = _health.Down is null;
        _health.OnDown(problem);
        if (isNews)
            Tell(isWarning: true, _health.Down!.Reason, problem.Message);
        Publish();
    }

    public void OnDiskFull(string reason, string message, DateTimeOffset now)
    {
        if (_health.OnDiskFull(message, now))
            Tell(isWarning: true, reason, message);
        Publish();
    }

    /// <summary>A container could be made.</summary>
    public void OnCreated()
    {
        if (!_health.OnCreated())
            return;
        Tell(isWarning: false, "DiskRecovered", "Containers can be made again");
        Publish();
    }

    public void Publish()
    {
        book.TouchAll();
        cluster.Publish(_health, _settings);
    }

    private void Tell(bool isWarning, string reason, string message)
    {
        events.OfCluster(isWarning, reason, message);
        events.OfNode(cluster.Node, isWarning, reason, message);
    }
}
