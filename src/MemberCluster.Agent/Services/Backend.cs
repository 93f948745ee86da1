using System.Net;

namespace MemberCluster.Agent.Services;

/// <summary>One pod's port, with the connections that are open to it.</summary>
internal sealed class Backend(string pod, IPEndPoint address)
{
    private int _connections;
    private TaskCompletionSource? _idle;

    public string Pod => pod;

    public IPEndPoint Address => address;

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
