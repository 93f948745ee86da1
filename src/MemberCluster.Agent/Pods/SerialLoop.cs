using System.Threading.Channels;

namespace MemberCluster.Agent.Pods;

/// <summary>Runs messages from anywhere one after another, and a turn after those that came together: what only they touch needs no lock.</summary>
internal sealed class SerialLoop(TimeProvider time) : IDisposable
{
    private readonly Channel<Action> _inbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when the loop is over; no message is run after that, so none takes what was cut short for what was done.</summary>
    public CancellationToken Stopping => _stop.Token;

    public async Task RunAsync(Action turn, CancellationToken cancellationToken)
    {
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_inbox.Reader.TryRead(out var message))
                    message();
                turn();
            }
        }
        finally
        {
            await _stop.CancelAsync();
        }
    }

    public void Post(Action message) => _inbox.Writer.TryWrite(message);

    public async Task PostLaterAsync(Action message, TimeSpan delay)
    {
        await Task.Delay(delay, time, Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Post(message);
    }

    /// <summary>Asks for something that only messages may read.</summary>
    public Task<T> AskAsync<T>(Func<T> question, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => answer.TrySetResult(question()));
        return answer.Task.WaitAsync(cancellationToken);
    }

    public void Dispose() => _stop.Dispose();
}
