using System.IO.Pipelines;
using Federation.Api.Meta;

namespace Federation.Gateway.Agents;

/// <summary>The bytes that an agent sends in answer to a stream request. Disposing it tells the agent that nobody reads any more.</summary>
internal sealed class AgentStream(PipeReader body, Status? failure) : IAsyncDisposable
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PipeReader Body => body;

    /// <summary>Set: the agent cannot give the stream, and why.</summary>
    public Status? Failure => failure;

    /// <summary>Completes when the reader has had enough.</summary>
    public Task Done => _done.Task;

    public ValueTask DisposeAsync()
    {
        _done.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
