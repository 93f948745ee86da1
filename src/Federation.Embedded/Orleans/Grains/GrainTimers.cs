using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A running grain timer. Disposing it cancels the token of a running tick and stops further ticks.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets new times. During a tick, the new due time counts from the tick's end.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>How a grain timer behaves.</summary>
public readonly struct GrainTimerCreationOptions
{
    public GrainTimerCreationOptions()
    {
    }

    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick; <see cref="Timeout.InfiniteTimeSpan"/> waits for <see cref="IGrainTimer.Change"/>.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> ticks once.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether a tick may start while a call waits on an await. Default: false.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a tick counts as use, so that the activation is not collected as idle. Default: false.</summary>
    public bool KeepAlive { get; init; }
}
