using Federation.Api.Meta;
using Federation.Api.Streams;

namespace Federation.Gateway.Agents;

/// <summary>An agent's answer to a stream request: the stream, or why there is none. Disposing it ends the stream.</summary>
internal sealed class AgentStream : IAsyncDisposable
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AgentStream(StreamTunnel tunnel) => Tunnel = tunnel;

    public AgentStream(Status failure) => Failure = failure;

    /// <summary>Set unless there is a <see cref="Failure"/>.</summary>
    public StreamTunnel? Tunnel { get; }

    /// <summary>Set: the agent cannot give the stream, and why.</summary>
    public Status? Failure { get; }

    /// <summary>Completes when the asker has had enough.</summary>
    public Task Done => _done.Task;

    public ValueTask DisposeAsync()
    {
        _done.TrySetResult();
        return Tunnel?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
