using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Engine;

/// <summary>Whether the engine can be asked to do things, and what to say when it cannot. Used by one thread.</summary>
internal sealed class EngineHealth
{
    private int _diskFullTimes;

    /// <summary>The engine does not answer; null when it does.</summary>
    public Trouble? Down { get; private set; }

    /// <summary>Its disk is full; null when it is not, as far as was tried.</summary>
    public Trouble? DiskFull { get; private set; }

    /// <summary>No container is made before this time; null when they may be.</summary>
    public DateTimeOffset? PausedUntil { get; private set; }

    public EngineInfo? Info { get; private set; }

    /// <summary>It answered at least once, so that what runs is known.</summary>
    public bool IsKnown => Info is not null;

    public bool IsUsable => IsKnown && Down is null;

    public Trouble? Trouble => Down ?? DiskFull;

    public void OnUp(EngineInfo info)
    {
        Info = info;
        Down = null;
    }

    public void OnDown(RuntimeException problem) => Down = new Trouble(Reasons.IsOfTheEngine(problem.Failure) ? Reasons.Of(problem) : Reasons.EngineUnavailable, problem.Message);

    /// <summary>True when this is news.</summary>
    public bool OnDiskFull(string message, DateTimeOffset now)
    {
        var isNews = DiskFull is null;
        // Steps that were under way together count as one attempt.
        if (PausedUntil is null || now >= PausedUntil)
            PausedUntil = now + CrashBackOff.Delay(++_diskFullTimes);
        DiskFull = new Trouble(Reasons.DiskFull, message);
        return isNews;
    }

    /// <summary>A container could be made. True when that is news.</summary>
    public bool OnCreated()
    {
        var isNews = DiskFull is not null;
        (DiskFull, PausedUntil, _diskFullTimes) = (null, null, 0);
        return isNews;
    }
}
