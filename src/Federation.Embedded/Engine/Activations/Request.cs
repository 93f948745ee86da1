namespace Federation.Embedded.Engine.Activations;

/// <summary>Something an activation runs between other requests: a call or a timer tick.</summary>
internal abstract class Request : ITurn
{
    private Activation? recipient;

    /// <summary>The next request in the activation's waiting line; owned by the line.</summary>
    public Request? Next { get; set; }

    /// <summary>Whether it may start beside any other request.</summary>
    public abstract bool AlwaysInterleaves { get; }

    /// <summary>Whether it may start beside other read-only requests.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary>Whether running it counts as use of the grain.</summary>
    public abstract bool KeepsAlive { get; }

    /// <summary>Whether it still waits when the activation ends, and then goes to the next activation.</summary>
    public abstract bool IsForwarded { get; }

    /// <summary>Nobody waits for it any more: it timed out or was cancelled before it started.</summary>
    public abstract bool IsAbandoned { get; }

    /// <summary>Runs it. Never throws; returns the failure, which its own caller has learned already.</summary>
    public abstract ValueTask<Exception?> RunAsync(Activation activation);

    /// <summary>Makes its arrival at the activation the turn it stands for.</summary>
    public Request For(Activation activation)
    {
        recipient = activation;
        return this;
    }

    public void Run() => recipient!.Arrive(this);

    /// <summary>Ends it with a failure without running it.</summary>
    public abstract void Reject(Exception exception);
}
