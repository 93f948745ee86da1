namespace Federation.Api.Apps;

/// <summary>What is done at the edges of a container's life.</summary>
public sealed record Lifecycle
{
    /// <summary>Right after the start; until it is done the container is not ready, and if it fails the container is restarted.</summary>
    public LifecycleHandler? PostStart { get; init; }

    /// <summary>Before the stop signal, within the grace period.</summary>
    public LifecycleHandler? PreStop { get; init; }
}

/// <summary>Exactly one is set.</summary>
public sealed record LifecycleHandler
{
    /// <summary>A command in the container.</summary>
    public ExecAction? Exec { get; init; }

    /// <summary>An HTTP request to the container.</summary>
    public HttpGetAction? HttpGet { get; init; }

    /// <summary>A pause.</summary>
    public SleepAction? Sleep { get; init; }
}

/// <summary>A pause.</summary>
public sealed record SleepAction
{
    /// <summary>How long.</summary>
    public long Seconds { get; init; }
}
