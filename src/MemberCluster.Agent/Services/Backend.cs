using System.Net;

namespace MemberCluster.Agent.Services;

/// <summary>One pod's port, or another node's, with the connections that are open to it from here.</summary>
/// <param name="pod">The pod's name; null: it is another node's address.</param>
/// <param name="address">Where to connect.</param>
internal sealed class Backend(string? pod, IPEndPoint address)
{
    private int _connections;
    private TaskCompletionSource? _idle;

    public string? Pod => pod;

    public IPEndPoint Address => address;

    public bool IsPeer => pod is null;

    /// <summary>It stops: only what other nodes send still goes there.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>How many times a single pod's share it gets.</summary>
    public int Weight { get; set; } = 1;

    public int Connections => Volatile.Read(ref _connections);

    public void Enter() => Interlocked.Increment(ref _connections);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _connections) == 0)
            Volatile.Read(ref _idle)?.TrySetResult();
    }

    /// <summary>Completes when no connection is left; new ones must not be sent here any more.</summary>
    public Task WaitIdleAsync()
    {
        var idle = Volatile.Read(ref _idle);
        if (idle is null)
        {
            var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            idle = Interlocked.CompareExchange(ref _idle, made, null) ?? made;
        }

        if (Connections == 0)
            idle.TrySetResult();
        return idle.Task;
    }
}
