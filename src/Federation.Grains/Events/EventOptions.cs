namespace Federation.Grains.Events;

/// <summary>How events are kept.</summary>
public sealed record EventOptions
{
    /// <summary>How long after it last happened an event is kept. <value>1 h, as in Kubernetes: events are for looking at what just happened.</value></summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromHours(1);
}
